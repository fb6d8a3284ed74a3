#pragma once

#include <string_view>

namespace poetry::figure {

/// The files that a page is made of; `{name}` stands in the HTML for what is filled in.
extern const std::string_view page_html;
extern const std::string_view replay_html;
extern const std::string_view page_css;
extern const std::string_view page_js;

/// The SHA-256 of `page_js` in hexadecimal: the page's policy allows this script and no other.
extern const std::string_view page_js_sha256;

} // namespace poetry::figure
