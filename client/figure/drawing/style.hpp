#pragma once

#include <string_view>

namespace poetry::figure {

/// figure.css as it was when the program was built.
extern const std::string_view figure_css;

} // namespace poetry::figure
