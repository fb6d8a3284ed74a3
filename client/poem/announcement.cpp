#include "client/poem/announcement.hpp"

#include "client/run/run.hpp"
#include "common/output.hpp"

#include <asio/error.hpp>
#include <cerrno>
#include <fmt/format.h>
#include <sys/resource.h>

namespace poetry {

std::string to_text(download_status status)
{
  return status == download_status::complete ? "complete"
         : status == download_status::failed ? "failed"
                                             : "cancelled";
}

std::string describe_chunk(const run& run, const download& download, std::size_t bytes)
{
  return fmt::format(
    "Task {}: {} bytes of poetry from {}", download.task, bytes, run.server_of(download.task).name);
}

std::string describe_error(const run& run, const download& download)
{
  const client_options& options = run.options();
  const std::error_code& error = download.error;
  if (error == download_error::connect_timeout)
    return fmt::format(
      "no connection within {} (--connect-timeout)", to_text(options.connect_timeout));
  if (error == download_error::idle_timeout)
    return fmt::format("no byte for {} (--idle-timeout)", to_text(options.idle_timeout));
  if (error == download_error::out_of_time)
    return fmt::format("stopped after {} (--max-time)", to_text(*options.max_time));
  if (error == download_error::too_long)
    return fmt::format("the poem is longer than {} bytes (--max-bytes)", options.max_bytes);
  if (error == download_error::differs)
    return "the poem differs from the one expected (--verify)";
  if (error == download_error::too_short)
    return fmt::format("the poem ends {} bytes before the one expected (--verify)",
      run.expected_of(download.task)->size() - download.bytes);
  if (download.write_failed && error != asio::error::no_descriptors)
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

void announce(const run& run, download& download)
{
  const auto& server = run.server_of(download.task).name;
  if (download.status != download_status::complete)
  {
    const auto line = fmt::format("Task {}: {} after {} bytes from {}: {}", download.task,
      to_text(download.status), download.bytes, server, describe_error(run, download));
    run.options().json ? complain(line) : say(line);
  }
  else if (!run.options().json && !run.options().quiet)
    say(fmt::format("Task {}: got {} bytes of poetry from {} in {:.3f} s", download.task,
      download.bytes, server, seconds(download.time())));
  download.announced = true;
}

} // namespace poetry
