#pragma once

#include <string_view>

namespace poetry::figure {

/// The file figure.css.
extern const std::string_view figure_css;

} // namespace poetry::figure
