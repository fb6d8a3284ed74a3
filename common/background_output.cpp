#include "common/background_output.hpp"

#include <system_error>
#include <utility>

namespace poetry {

background_output::background_output(write_function write, std::size_t limit)
  : write_(std::move(write)), limit_(limit), queue_(std::make_shared<queue>())
{
}

background_output::~background_output()
{
  std::unique_lock lock(queue_->mutex);
  queue_->ended = true;
  queue_->changed.notify_all();
  while (const std::size_t left = queue_->lines.size())
  {
    if (!queue_->changed.wait_for(lock, patience, [&] { return queue_->lines.size() < left; }))
    {
      thread_.detach();
      return;
    }
  }
  lock.unlock();
  if (thread_.joinable())
    thread_.join();
}

bool background_output::add(std::string line)
{
  const std::lock_guard lock(queue_->mutex);
  if (queue_->bytes + line.size() > limit_)
    return false;
  try
  {
    if (!thread_.joinable())
      thread_ = std::thread([queue = queue_, write = write_] { write_lines(queue, write); });
  }
  catch (const std::system_error&)
  {
    return false;
  }
  queue_->bytes += line.size();
  queue_->lines.push_back(std::move(line));
  queue_->changed.notify_all();
  return true;
}

bool background_output::has_room() const
{
  const std::lock_guard lock(queue_->mutex);
  return queue_->bytes + 512 <= limit_;
}

void background_output::write_lines(
  const std::shared_ptr<queue>& queue, const write_function& write)
{
  for (std::unique_lock lock(queue->mutex);;)
  {
    queue->changed.wait(lock, [&] { return !queue->lines.empty() || queue->ended; });
    if (queue->lines.empty())
      return;
    const std::string& line = queue->lines.front();
    queue->bytes -= line.size();
    lock.unlock();
    write(line);
    lock.lock();
    queue->lines.pop_front();
    queue->changed.notify_all();
  }
}

} // namespace poetry
