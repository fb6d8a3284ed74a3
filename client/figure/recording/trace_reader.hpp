#pragma once

#include "client/figure/recording/recording.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace poetry::figure {

/// Reads a trace. Throws `std::runtime_error` with one line that begins with the file's name when
/// it cannot be read, is no trace of Slow Poetry, or is damaged: cut off, events out of range,
/// tasks that never end, slices that overlap within a thread.
recording read_recording(const std::filesystem::path& file);

/// The same for a trace in memory; `name` stands for the file in complaints.
recording parse_recording(std::string_view trace, const std::string& name);

} // namespace poetry::figure
