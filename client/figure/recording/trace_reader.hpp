#pragma once

#include "client/figure/recording/recording.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace poetry::figure {

/// Reads a trace. Throws `std::runtime_error` with one line that begins with the file's name when
/// it cannot be read, is no trace of Slow Poetry, or is damaged: cut off, events out of range,
/// tasks that never end, slices that overlap within a thread.
recording read_recording(const std::filesystem::path& file);

/// Reads the traces of one picture or page. Throws `std::runtime_error` also when together they
/// hold more events than can be shown; for such runs there is Perfetto.
std::vector<recording> read_recordings(const std::vector<std::filesystem::path>& files);

/// How many slices, ticks and tasks a picture or a page takes, of all its runs.
constexpr std::size_t most_events = 100'000;

/// The same as `read_recording` for a trace in memory; `name` stands for the file in complaints.
recording parse_recording(std::string_view trace, const std::string& name);

} // namespace poetry::figure
