#pragma once

#include <iosfwd>
#include <span>
#include <string>

namespace poetry {

class run;
class incoming_poem;

/// Shows the poems, when that was asked for, then the summary: a sentence, or one JSON object of
/// the schema `slowpoetry.run/1`.
void report(const run& run, std::span<const incoming_poem> poems);

/// The run's result in one line: an object of the schema `slowpoetry.run/1`.
std::string result_json(const run& run, std::span<const incoming_poem> poems);

/// Writes the run as a Chrome Trace Event file, which Perfetto opens and `poetry-figure` draws: a
/// track per thread with the slices in which it worked, a span per download, the ticks, and in
/// `otherData` the run's result, the poems' bytes, the command with its `arguments`, host and date.
/// Times are microseconds from the run's start. Failures are left in the stream's state.
void write_trace(std::ostream& out, const run& run, std::span<const incoming_poem> poems,
  const std::string& arguments);

} // namespace poetry
