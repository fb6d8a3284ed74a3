#include "client/run/run.hpp"

#include "common/output.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fmt/format.h>
#include <new>
#include <stdexcept>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>

namespace poetry {
namespace {

/// A poem to compare with; no poem may be longer than `most`.
std::string read_expected(const std::string& path, std::uint64_t most)
{
  auto text = read_file(path, most);
  if (text.size() > most)
    throw std::runtime_error(fmt::format(
      "no poem can be equal to {}: it is longer than {} bytes (--max-bytes)", path, most));
  return text;
}

void prepare_folder(const std::string& folder)
{
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error && ::access(folder.c_str(), W_OK | X_OK) != 0)
    error.assign(errno, std::generic_category());
  if (error)
    throw std::system_error(error, "cannot write poems into " + folder);
}

} // namespace

run::run(client_options options, interruption& interruption)
  : options_(std::move(options)),
    interruption_(interruption),
    servers_(resolve(options_.servers)),
    count_(servers_.size() * options_.repeat)
{
  for (const auto& file : options_.verify)
    expected_.push_back(read_expected(file, options_.max_bytes));
  announces_later_ =
    options_.live && is_terminal(STDERR_FILENO) && (options_.json || ::isatty(STDOUT_FILENO) == 1);
  if (!options_.output.empty())
    prepare_folder(options_.output);

  // One mapping, which children inherit: what the run counts, then the records.
  static_assert(sizeof(shared_counts) % alignof(download) == 0);
  const std::size_t bytes = sizeof(shared_counts) + count_ * sizeof(download);
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    throw std::system_error(errno, std::generic_category(), "no memory for the downloads");
  counts_ = {new (memory) shared_counts, [bytes](void* mapped) { ::munmap(mapped, bytes); }};
  downloads_ = reinterpret_cast<download*>(counts_.get() + 1);
  for (std::size_t i = 0; i < count_; ++i)
    (new (&downloads_[i]) download)->task = static_cast<std::uint32_t>(i + 1);
}

void run::begin()
{
  interruption_.defer();
  measure_stops();
  began_ = clock::now();
  if (options_.max_time)
    deadline_ = began_ + *options_.max_time;
  ticking_thread_ = std::this_thread::get_id();
}

void run::end()
{
  run_ticks(clock::now());
  cost_ = measure_cost();
}

void run::wait(const std::function<bool(time_point until)>& wait_until)
{
  while (!wait_until(std::min(next_tick(), clock::now() + std::chrono::hours(1))))
  {
    const auto now = clock::now();
    note_activity(now);
    run_ticks(now);
  }
  note_activity(clock::now());
}

void run::give_control_back()
{
  if (std::this_thread::get_id() == ticking_thread_)
    run_ticks(clock::now());
}

time_point run::next_tick() const
{
  const auto ticks = static_cast<duration::rep>(tick_lateness_.size());
  return options_.tick ? began_ + *options_.tick * (ticks + 1) : time_point::max();
}

void run::run_ticks(time_point now)
{
  for (auto due = next_tick(); due <= now; due = next_tick())
  {
    const duration late = tick_lateness_.emplace_back(now - due);
    counts_->last_lateness = late;
    counts_->worst_lateness = std::max(counts_->worst_lateness.load(), late);
    ++counts_->ticks;
  }
}

void run::count_thread()
{
  thread_local const run* counted_in = nullptr;
  if (std::exchange(counted_in, this) != this)
    ++counts_->threads;
}

const std::string* run::expected_of(std::uint32_t task) const
{
  if (expected_.empty())
    return nullptr;
  return expected_.size() == 1 ? &expected_[0] : &expected_[(task - 1) % servers_.size()];
}

std::error_code run::stop_reason() const
{
  if (interruption_.signal() != 0)
    return download_error::interrupted;
  if (clock::now() >= deadline_)
    return download_error::out_of_time;
  return {};
}

} // namespace poetry
