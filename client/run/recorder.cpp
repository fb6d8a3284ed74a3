#include "client/run/recorder.hpp"

namespace poetry {

void recorder::add(const slice& slice)
{
  log_of_this_thread().slices.push_back(slice);
}

void recorder::add_child(std::uint32_t child, std::vector<slice> slices)
{
  const std::scoped_lock lock(mutex_);
  logs_.push_back({child, {slices.begin(), slices.end()}});
}

recorder::thread_log& recorder::log_of_this_thread()
{
  thread_local const recorder* owner = nullptr;
  thread_local thread_log* log = nullptr;
  if (owner != this)
  {
    const std::scoped_lock lock(mutex_);
    log = &logs_.emplace_back();
    owner = this;
  }
  return *log;
}

} // namespace poetry
