#include "client/models.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace poetry {
namespace {

constexpr model all_models[] = {
  {"blocking", "one thread, one server after another", fetch_blocking},
  {"threads", "one thread for each server", fetch_threads},
  {"processes", "one process for each server", fetch_processes},
  {"async", "one thread, a chain of completion handlers for each server", fetch_async},
  {"coroutines", "one thread, a coroutine for each server", fetch_coroutines},
  {"mixed", "one event loop, run by several threads", fetch_mixed, true},
  {"eager", "connects to all servers, then reads one after another", fetch_eager},
  {"broken", "an event loop whose handler blocks", fetch_broken},
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
