#pragma once

#include <string>
#include <string_view>

namespace poetry::figure {

/// The bytes that `text` stands for. Throws `std::runtime_error` when it is not padded base64.
std::string from_base64(std::string_view text);

std::string to_base64(std::string_view bytes);

} // namespace poetry::figure
