#pragma once

#include "client/figure/recording/recording.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace poetry::figure {

/// Reads a trace. Throws `std::runtime_error` with one line that begins with the file's name when
/// the file cannot be read, is no trace of Slow Poetry, or is damaged: cut off, values out of
/// range, tasks that never end, slices that overlap within a thread.
recording read_recording(const std::filesystem::path& file);

/// Reads the traces of one picture or page. Throws `std::runtime_error` also when together they
/// hold more than `most_events`.
std::vector<recording> read_recordings(const std::vector<std::filesystem::path>& files);

/// How many slices, ticks and tasks a picture or a page can show, of all its runs.
constexpr std::size_t most_events = 100'000;

/// Reads a trace from memory; error messages begin with `name`.
recording parse_recording(std::string_view trace, const std::string& name);

} // namespace poetry::figure
