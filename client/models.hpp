#pragma once

#include "client/models/model.hpp"

#include <span>
#include <string_view>

namespace poetry {

/// What overlaps when a model has several downloads: the formula that predicts its wall clock.
enum class overlap
{
  nothing,             ///< the sum of the downloads
  waits,               ///< the longest of them, but work adds up: it is one thread's
  waits_and_work,      ///< the same, with the work divided between the cores
  waits_in_the_kernel, ///< the longest, as long as the poems fit into the socket buffers
};

/// A way of waiting for many poems at once.
struct model
{
  /// Its program is `get-poetry-NAME`.
  std::string_view name;
  std::string_view summary;
  void (*fetch)(run& run, std::span<incoming_poem> poems);
  poetry::overlap overlap;
  /// Whether the user may choose the number of threads.
  bool has_threads = false;
};

/// All models, in the order they are taught in.
std::span<const model> models();

/// The model of that name; throws `std::out_of_range` when there is none.
const model& find_model(std::string_view name);

} // namespace poetry
