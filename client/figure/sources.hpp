#pragma once

#include <string_view>

namespace poetry::figure {

/// The files that pictures are made of, as they were when the program was built.
extern const std::string_view figure_css;

} // namespace poetry::figure
