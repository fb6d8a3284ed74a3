#include "server/log.hpp"

#include "common/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <utility>

namespace poetry {
namespace {

using json = nlohmann::ordered_json;

std::string now_in_utc()
{
  return to_text(std::chrono::system_clock::now());
}

/// A line of JSON: what happened and when, then `details`.
std::string event(const char* name, const json& details, time_point at = clock::now())
{
  json line = {{"time", now_in_utc()}, {"at_s", seconds(at.time_since_epoch())}, {"event", name}};
  line.update(details);
  return line.dump();
}

std::string warning_line(log_format format, const std::string& text)
{
  return format == log_format::json ? event("warning", {{"message", text}})
                                    : fmt::format("{} slowpoetry: warning: {}", now_in_utc(), text);
}

} // namespace

bool server_log::takes(log_level level)
{
  if (level_ < level)
    return false;
  const bool has_room = output_.has_room();
  dropped_ += !has_room;
  return has_room;
}

void server_log::connected(const reader_id& reader, const std::string& from, time_point at)
{
  write(format_ == log_format::json
          ? event("connected",
              {{"server", reader.server}, {"reader", reader.number}, {"from", from}}, at)
          : fmt::format("{} {} reader {}: connected from {}", now_in_utc(), reader.server,
              reader.number, from));
}

void server_log::sent(const reader_id& reader, std::uint64_t bytes, duration late)
{
  write(format_ == log_format::json
          ? event("sent", {{"server", reader.server}, {"reader", reader.number}, {"bytes", bytes},
                            {"late_s", seconds(late)}})
          : fmt::format("{} {} reader {}: {}, {:.3f} ms late", now_in_utc(), reader.server,
              reader.number, count_text(bytes, "byte"), seconds(late) * 1e3));
}

void server_log::finished(const reader_id& reader, const reader_summary& summary)
{
  const auto ending = ending_names[static_cast<std::size_t>(summary.ending)];
  if (format_ == log_format::json)
    return write(event(
      "finished", {{"server", reader.server}, {"reader", reader.number}, {"bytes", summary.bytes},
                    {"chunks", summary.chunks}, {"time_s", seconds(summary.time)},
                    {"worst_lateness_s", seconds(summary.worst_lateness)}, {"ending", ending}}));
  write(
    fmt::format("{} {} reader {}: finished after {} in {}, {:.3f} s, at most {:.3f} ms late: {}",
      now_in_utc(), reader.server, reader.number, count_text(summary.bytes, "byte"),
      count_text(summary.chunks, "chunk"), seconds(summary.time),
      seconds(summary.worst_lateness) * 1e3, ending));
}

void server_log::warning(const std::string& text)
{
  write(warning_line(format_, text));
}

void server_log::write(std::string line)
{
  if (dropped_ > dropped_told_ &&
      output_.add(warning_line(
        format_, fmt::format("{} lines of the log were dropped because nobody reads it",
                   dropped_ - dropped_told_))))
    dropped_told_ = dropped_;
  if (!output_.add(std::move(line)))
    ++dropped_;
}

std::string to_json(const totals& totals)
{
  json details = {{"readers", totals.readers}, {"peak_readers", totals.peak_readers}};
  for (std::size_t i = 0; i < ending_names.size(); ++i)
    details[std::string(ending_names[i])] = totals.endings[i];
  details["still_connected"] = totals.still_connected;
  details["bytes"] = totals.bytes;
  details["chunks"] = totals.chunks;
  details["accepting_paused"] = totals.accepting_paused;
  details["log_lines_dropped"] = totals.log_lines_dropped;
  details["lateness"] = {{"count", totals.lateness.count()},
    {"p50_s", seconds(totals.lateness.quantile(0.5))},
    {"p99_s", seconds(totals.lateness.quantile(0.99))}, {"max_s", seconds(totals.lateness.max())}};
  return event("totals", details);
}

} // namespace poetry
