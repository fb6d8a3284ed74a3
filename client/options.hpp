#pragma once

#include "client/run/options.hpp"

#include <optional>

namespace poetry {

struct model;

/// Reads the command line of `get-poetry-MODEL`; nothing when it asked only for help or the
/// version. Throws `usage_error` when it makes no sense.
std::optional<client_options> parse_client_options(const model& model, int argc, char** argv);

} // namespace poetry
