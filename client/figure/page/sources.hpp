#pragma once

#include <string_view>

namespace poetry::figure {

/// The files that a page is made of, as they were when the program was built.
extern const std::string_view page_html;
extern const std::string_view replay_html;
extern const std::string_view page_css;
extern const std::string_view page_js;

/// The SHA-256 of `page_js` in hexadecimal, by which a page's policy lets that script run and no
/// other.
extern const std::string_view page_js_sha256;

} // namespace poetry::figure
