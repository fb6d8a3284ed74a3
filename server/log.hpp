#pragma once

#include "common/background_output.hpp"
#include "common/output.hpp"
#include "server/totals.hpp"

#include <cstdint>
#include <string>

namespace poetry {

enum class log_format
{
  text,
  json
};

/// What is logged: nothing (-q), each connection's begin and end, or every chunk too (-v).
enum class log_level
{
  nothing,
  readers,
  chunks
};

/// How the log names a reader: the third at 127.0.0.1:10000.
struct reader_id
{
  const std::string& server;
  std::uint32_t number;
};

struct reader_summary
{
  std::uint64_t bytes;
  std::uint64_t chunks;
  duration time; ///< from accept to FIN or RST, or until the server saw that the reader had left
  duration worst_lateness;
  poetry::ending ending;
};

/// The server's log on stderr: a line when a reader has connected, and one when it has finished.
/// Each line carries the time of day in UTC, in JSON also CLOCK_MONOTONIC. The log never blocks the
/// server: lines that stderr does not accept in time are dropped and counted.
class server_log
{
public:
  server_log(log_format format, log_level level) : format_(format), level_(level) {}

  /// Whether lines of this level are logged, and there is room for one: a line that would be
  /// dropped need not be made, and is counted here.
  bool takes(log_level level);
  /// `at` is when the reader's time begins to count.
  void connected(const reader_id& reader, const std::string& from, time_point at);
  void sent(const reader_id& reader, std::uint64_t bytes, duration late);
  void finished(const reader_id& reader, const reader_summary& summary);
  /// Logged at every level.
  void warning(const std::string& text);

  /// How many lines were dropped so far.
  std::uint64_t dropped() const { return dropped_; }

private:
  /// A log that cannot be written may grow to this many bytes.
  static constexpr std::size_t most_unwritten = 1 << 20;

  void write(std::string line);

  log_format format_;
  log_level level_;
  background_output output_{complain, most_unwritten};
  std::uint64_t dropped_ = 0;
  std::uint64_t dropped_told_ = 0;
};

/// One JSON object, which also says when; durations are seconds.
std::string to_json(const totals& totals);

} // namespace poetry
