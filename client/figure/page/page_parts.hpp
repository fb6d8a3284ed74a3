#pragma once

#include "client/figure/page/page.hpp"

#include <string>

namespace poetry::figure {

/// What stands behind a heading that is about the recordings: nothing, or `, tasks 1`.
std::string of_setting(const page_content& content);

// The parts of a page as HTML; a part with nothing to show is empty. All foreign text in them is
// escaped.
std::string headline_html(const page_content& content);
std::string results_html(const page_content& content);
std::string figures_html(const page_content& content);
std::string claims_html(const page_content& content);
std::string sweeps_html(const page_content& content);
std::string reproduce_html(const page_content& content);
std::string origin_html(const page_content& content);

} // namespace poetry::figure
