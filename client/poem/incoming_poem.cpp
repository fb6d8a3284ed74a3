#include "client/poem/incoming_poem.hpp"

#include "client/run/run.hpp"
#include "common/interruption.hpp"
#include "common/output.hpp"

#include <algorithm>
#include <asio/error.hpp>
#include <cerrno>
#include <cstdio>
#include <fmt/format.h>
#include <new>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <zlib.h>

using asio::ip::tcp;

namespace poetry {
namespace {

/// After this much work `work` checks whether the run must stop.
constexpr duration longest_burn = std::chrono::milliseconds(10);

/// Asio's connect over several endpoints only says `operation_aborted` when it cannot open a
/// socket; opening one gives the reason.
std::error_code why_no_socket(const std::vector<tcp::endpoint>& endpoints)
{
  const int socket =
    ::socket(endpoints.front().protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
  if (socket < 0)
    return last_error();
  ::close(socket);
  return download_error::no_socket; // there is one again by now
}

bool is_its_own_peer(int socket, std::uint16_t port)
{
  tcp::endpoint local, peer;
  auto size = static_cast<socklen_t>(local.capacity());
  return socket >= 0 && ::getsockname(socket, local.data(), &size) == 0 && local.port() == port &&
         ::getpeername(socket, peer.data(), &size) == 0 && local == peer;
}

std::string file_path(const run& run, const download& download)
{
  const auto& server = run.server_of(download.task).address;
  auto name = fmt::format("{}-{}-{}.txt", download.task, server.host, server.port);
  std::ranges::replace(name, '/', '_');
  return run.options().output + "/" + name;
}

} // namespace

std::error_code incoming_poem::started() noexcept
{
  const auto& server = run_->server_of(download_->task);
  download_->start = clock::now();
  note_activity(download_->start);
  run_->count_thread();
  if (const auto reason = run_->stop_reason())
    return reason;
  if (server.error)
    return server.error;
  if (const auto error = error_of([&] { return open_file(); }))
    return cannot_write(error);
  download_->status = download_status::connecting;
  expect_by(download_->start + run_->options().connect_timeout);
  return {};
}

std::error_code incoming_poem::connected(int socket)
{
  if (is_its_own_peer(socket, run_->server_of(download_->task).address.port))
  {
    const linger at_once = {.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    return asio::error::connection_refused;
  }
  download_->connected = clock::now();
  download_->status = download_status::reading;
  expect_by(download_->connected + run_->options().idle_timeout);
  return {};
}

void incoming_poem::received(
  std::span<const char> buffer, std::size_t count, std::error_code& error) noexcept
{
  if (count == 0)
    return;
  run_->count_thread();
  const auto now = clock::now();
  note_activity(now);
  const auto room = run_->options().max_bytes - download_->bytes;
  const std::string_view bytes(buffer.data(), std::min<std::uint64_t>(count, room));
  try
  {
    if (keeps())
      kept().text.append(bytes); // first: no byte is counted that is not kept
    const auto* expected = run_->expected_of(download_->task);
    if (expected && expected->compare(download_->bytes, bytes.size(), bytes) != 0)
      error = download_error::differs;
    if (download_->reads++ == 0)
      download_->first_byte = now;
    download_->bytes += bytes.size();
    download_->crc32 = static_cast<std::uint32_t>(
      ::crc32_z(download_->crc32, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
    expect_by(now + run_->options().idle_timeout);
    if (count > room)
      error = download_error::too_long;
    if (kept_ && kept_->file.is_open() &&
        !kept_->file.write(bytes.data(), static_cast<std::streamsize>(bytes.size())))
      error = cannot_write(last_error());
    if (run_->options().verbose)
      say(fmt::format("Task {}: {} bytes of poetry from {}", download_->task, bytes.size(),
        run_->server_of(download_->task).name));
    if (const auto reason = work())
      error = reason;
    if (!run_->options().trace.empty())
      kept().slices.push_back({.start = now,
        .length = clock::now() - now,
        .thread = ::gettid(),
        .bytes = static_cast<std::uint32_t>(bytes.size())});
  }
  catch (...)
  {
    error = current_error();
  }
}

void incoming_poem::finished(std::error_code error) noexcept
{
  note_activity(clock::now());
  if (error == asio::error::eof)
    error = {};
  const auto* expected = run_->expected_of(download_->task);
  if (!error && expected != nullptr && download_->bytes < expected->size())
    error = download_error::too_short;
  error = cause_of(error);
  const auto failure = error_of([&] { return close_file(!error); });
  if (failure && !error)
    error = cannot_write(failure);
  end(error);
  ++run_->counts().ended;
  try
  {
    run_->give_control_back();
  }
  catch (const std::bad_alloc&)
  {
    // A tick is missing; the download is what it was.
  }
}

void incoming_poem::abandon() noexcept
{
  if (!ended())
    finished(current_error());
}

void incoming_poem::end(std::error_code error) noexcept
{
  const bool cancelled =
    error == download_error::interrupted || error == download_error::out_of_time;
  download_->error = error;
  download_->end = clock::now();
  download_->status = cancelled ? download_status::cancelled
                      : error   ? download_status::failed
                                : download_status::complete;
  announce_unless_later();
}

void incoming_poem::announce_unless_later() noexcept
{
  try
  {
    if (!run_->announces_later())
      announce();
  }
  catch (const std::bad_alloc&)
  {
    // The report announces it.
  }
}

std::error_code incoming_poem::open_file()
{
  if (run_->options().output.empty())
    return {};
  std::ofstream& file = kept().file;
  file.rdbuf()->pubsetbuf(nullptr, 0); // each chunk is written at once
  file.open(file_path(*run_, *download_) + ".part", std::ios::binary);
  return file ? std::error_code() : last_error();
}

std::error_code incoming_poem::close_file(bool whole)
{
  if (!kept_ || !kept_->file.is_open())
    return {};
  // Some file systems tell of a full disk only now.
  kept_->file.close();
  const auto path = file_path(*run_, *download_);
  if (!kept_->file || (whole && std::rename((path + ".part").c_str(), path.c_str()) < 0))
    return last_error();
  return {};
}

const std::vector<tcp::endpoint>& incoming_poem::endpoints() const
{
  return run_->endpoints_of(download_->task);
}

wait_bounds incoming_poem::patience()
{
  // The idle timeout counts from when a model begins to wait, not from when it last read.
  if (download_->status == download_status::reading)
    expect_by(clock::now() + run_->options().idle_timeout);
  return {.deadline = deadline(), .stop_descriptor = run_->stop_descriptor()};
}

time_point incoming_poem::deadline() const
{
  return std::min(std::atomic_ref(deadline_).load(std::memory_order_relaxed), run_->deadline());
}

std::error_code incoming_poem::work()
{
  if (run_->options().work == duration{})
    return {};
  // Counted from all bytes so far, so that too much work for one chunk is less for the next.
  const auto owed = run_->options().work * static_cast<duration::rep>(download_->bytes) / 10;
  // Our own work must not count as the server being idle.
  expect_by(time_point::max());
  std::error_code reason;
  while (download_->work < owed && !(reason = run_->stop_reason()))
    download_->work += burn(std::min(owed - download_->work, longest_burn));
  expect_by(clock::now() + run_->options().idle_timeout);
  return reason;
}

std::string incoming_poem::describe_error() const
{
  const client_options& options = run_->options();
  const std::error_code& error = download_->error;
  if (error == download_error::connect_timeout)
    return fmt::format(
      "no connection within {} (--connect-timeout)", to_text(options.connect_timeout));
  if (error == download_error::idle_timeout)
    return fmt::format("no byte for {} (--idle-timeout)", to_text(options.idle_timeout));
  if (error == download_error::out_of_time)
    return fmt::format("stopped after {} (--max-time)", to_text(*options.max_time));
  if (error == download_error::too_long)
    return fmt::format("the poem is longer than {} bytes (--max-bytes)", options.max_bytes);
  if (error == download_error::too_short)
    return fmt::format("the poem ends {} bytes before the one expected (--verify)",
      run_->expected_of(download_->task)->size() - download_->bytes);
  if (download_->write_failed && error != asio::error::no_descriptors)
    return fmt::format("cannot write to {}: {}", options.output, error.message());
  std::string hint;
  if (error == asio::error::no_descriptors)
  {
    rlimit limit = {};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    hint = fmt::format(" (this process may hold {}: see ulimit -n)", limit.rlim_cur);
  }
  else if (error == asio::error::try_again)
    hint = " (no further thread or process can be started: see ulimit -u, and ulimit -v for the "
           "memory of their stacks)";
  else if (error == asio::error::no_memory)
    hint = " (see ulimit -v)";
  else if (error == std::error_code(EADDRNOTAVAIL, asio::error::get_system_category()))
    hint = " (all local ports are in use: see sysctl net.ipv4.ip_local_port_range)";
  else if (error == asio::error::connection_reset)
    hint = ": the poem was cut off";
  return error.message() + hint;
}

void incoming_poem::announce() const
{
  const auto& server = run_->server_of(download_->task).name;
  if (download_->status != download_status::complete)
  {
    const auto line = fmt::format("Task {}: {} after {} bytes from {}: {}", download_->task,
      to_text(download_->status), download_->bytes, server, describe_error());
    run_->options().json ? complain(line) : say(line);
  }
  else if (!run_->options().json && !run_->options().quiet)
    say(fmt::format("Task {}: got {} bytes of poetry from {} in {:.3f} s", download_->task,
      download_->bytes, server, seconds(download_->time())));
  download_->announced = true;
}

incoming_poem::copies& incoming_poem::kept()
{
  if (!kept_)
    kept_ = std::make_unique<copies>();
  return *kept_;
}

bool incoming_poem::keeps() const
{
  return run_->options().print || !run_->options().trace.empty();
}

void incoming_poem::take_over(std::string text, std::vector<slice> slices, std::error_code error)
{
  const bool whole = !keeps() || text.size() == download_->bytes;
  if (keeps())
    kept() = {.file = {}, .text = std::move(text), .slices = std::move(slices)};
  if (download_->status == download_status::complete && (error || !whole))
    end(error ? error : make_error_code(download_error::died));
  else
    announce_unless_later();
}

std::error_code incoming_poem::cause_of(std::error_code error) const
{
  // These errors only say that the wait was ended; the reason is the run's, or a timeout.
  if (error != asio::error::operation_aborted && error != asio::error::timed_out &&
      error != asio::error::bad_descriptor)
    return error;
  if (const auto reason = run_->stop_reason())
    return reason;
  if (clock::now() < deadline())
    return error == asio::error::operation_aborted ? why_no_socket(endpoints()) : error;
  return download_->status == download_status::connecting ? download_error::connect_timeout
                                                          : download_error::idle_timeout;
}

std::error_code incoming_poem::cannot_write(std::error_code error)
{
  download_->write_failed = true;
  return error;
}

} // namespace poetry
