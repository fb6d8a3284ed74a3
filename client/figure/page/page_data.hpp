#pragma once

#include "client/figure/page/page.hpp"

#include <string>

namespace poetry::figure {

/// The recordings and raw results as JSON for a `<script type="application/json">`: no `<` in it.
/// Holds whole recordings as long as they are small; otherwise a choice of tasks, slices put
/// together, long poems cut, each with a word about it under `thinned`.
std::string page_data(const page_content& content);

} // namespace poetry::figure
