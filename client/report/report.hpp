#pragma once

#include <span>
#include <string>

namespace poetry {

class run;
class incoming_poem;

/// The run's result, one JSON object of the schema `slowpoetry.run/1`.
std::string result(const run& run);

/// Shows the poems, when that was asked for, then the summary: a sentence, or one JSON object of
/// the schema `slowpoetry.run/1`.
void report(const run& run, std::span<const incoming_poem> poems);

} // namespace poetry
