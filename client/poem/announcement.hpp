#pragma once

#include "client/run/download.hpp"

#include <string>

namespace poetry {

class run;

/// `Task 1: 30 bytes of poetry from 127.0.0.1:10000`
std::string describe_chunk(const run& run, const download& download, std::size_t bytes);

/// Why a download failed or was cancelled, in words, with the option or the limit that explains it.
std::string describe_error(const run& run, const download& download);

/// `complete`, `failed` or `cancelled`.
std::string to_text(download_status status);

/// Says on stdout how a download ended: `Task 1: got 3003 bytes of poetry from 127.0.0.1:10000 in
/// 10.101 s`, or `Task 2: failed after 0 bytes from 127.0.0.1:10001: Connection refused`. With
/// `--json` stdout holds only the result: failures go to stderr, successes are left out.
void announce(const run& run, download& download);

} // namespace poetry
