#pragma once

#include "client/figure/recording/recording.hpp"

#include <map>
#include <string>
#include <vector>

namespace poetry::figure {

/// A share as a percentage that says 100 % only of the whole: `87.3 %`, `99.98 %`.
std::string share_text(double share);

/// What a picture says of its run: model, tasks, wall, CPU, share of waiting.
std::string summary_of(const recording& run);

/// What two runs of one model are told apart by: `async`, `async (2)`. Counts what it has `seen`.
std::string next_label(const recording& run, std::map<std::string, int>& seen);

/// Where and when the runs were made; empty when none of them tells.
std::string origin_of(const recordings& runs);

/// Cuts `text` into lines of at most `width` characters, at most `most` of them.
std::vector<std::string> wrapped(const std::string& text, std::size_t width, std::size_t most);

/// The values from 0 to `most` that an axis names: five to ten steps of 1, 2 or 5 times a power of
/// ten.
std::vector<double> round_values(double most);

} // namespace poetry::figure
