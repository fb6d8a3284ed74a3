#pragma once

#include "client/figure/page/page.hpp"

#include <string>

namespace poetry::figure {

/// The recordings and raw results as JSON for a `<script type="application/json">`: no `<` in it.
/// Long poems are cut; all else is as it was recorded.
std::string page_data(const page_content& content);

} // namespace poetry::figure
