#include "client/models.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace poetry {
namespace {

constexpr model all_models[] = {
  {"blocking", "one thread, one server after another", fetch_blocking, overlap::nothing},
  {"threads", "one thread for each server", fetch_threads, overlap::waits_and_work},
  {"processes", "one process for each server", fetch_processes, overlap::waits_and_work},
  {"async", "one thread, a chain of completion handlers for each server", fetch_async,
    overlap::waits},
  {"coroutines", "one thread, a coroutine for each server", fetch_coroutines, overlap::waits},
  {"mixed", "one event loop, run by several threads", fetch_mixed, overlap::waits_and_work, true},
  {"eager", "connects to all servers, then reads one after another", fetch_eager,
    overlap::waits_in_the_kernel},
  {"broken", "an event loop whose handler blocks", fetch_broken, overlap::waits_in_the_kernel},
};

} // namespace

std::span<const model> models()
{
  return all_models;
}

const model& find_model(std::string_view name)
{
  const auto found = std::ranges::find(all_models, name, &model::name);
  if (found == std::end(all_models))
    throw std::out_of_range("no model is called " + std::string(name));
  return *found;
}

} // namespace poetry
