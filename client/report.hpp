#pragma once

#include "client/download.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace poetry {

class run;
class incoming_poem;
struct model;

/// `Task 1: 30 bytes of poetry from 127.0.0.1:10000`
std::string describe_chunk(const run& run, const download& download, std::size_t bytes);

/// Why a download failed or was cancelled, in words, with the option or the limit that explains it.
std::string describe_error(const run& run, const download& download);

/// Says how a download ended, on stdout: `Task 1: got 3003 bytes of poetry from 127.0.0.1:10000 in
/// 10.101 s`, or `Task 2: failed after 0 bytes from 127.0.0.1:10001: Connection refused`. With
/// `--json`, where stdout is the result's alone, failures are told on stderr and successes are not.
void announce(const run& run, const download& download);

/// The run's result, one JSON object of the schema `slowpoetry.run/1`.
std::string result(const model& model, const run& run);

/// Shows the poems, when that was asked for, then the summary: a sentence, or one JSON object of
/// the schema `slowpoetry.run/1`.
void report(const model& model, const run& run, std::span<const incoming_poem> poems);

} // namespace poetry
