#pragma once

#include "client/figure/drawing/chart.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace poetry::figure {

/// What `poetry-figure` was asked for.
struct options
{
  std::vector<std::filesystem::path> recordings;
  std::string figure = "all";
  std::optional<figure::scale> scale;
  std::filesystem::path output; // empty: an SVG on stdout

  bool is_page() const { return output.extension() == ".html"; }
};

/// Reads the command line; nothing when it only asked for help or the version. Throws
/// `usage_error` when it makes no sense.
std::optional<options> read_options(int argc, const char* const* argv);

} // namespace poetry::figure
