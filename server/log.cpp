#include "server/log.hpp"

#include "common/output.hpp"
#include "common/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <utility>

namespace poetry {
namespace {

/// A log that cannot be written may grow to this many bytes.
constexpr std::size_t most_unwritten = 1 << 20;

std::string now_in_utc()
{
  return to_text(std::chrono::system_clock::now());
}

nlohmann::ordered_json event(const char* name)
{
  return {
    {"time", now_in_utc()}, {"at_s", seconds(clock::now().time_since_epoch())}, {"event", name}};
}

nlohmann::ordered_json event(const char* name, const reader_id& reader)
{
  auto json = event(name);
  json["server"] = reader.server;
  json["reader"] = reader.number;
  return json;
}

std::string warning_line(log_format format, const std::string& text)
{
  if (format == log_format::text)
    return fmt::format("{} slowpoetry: warning: {}", now_in_utc(), text);
  auto json = event("warning");
  json["message"] = text;
  return json.dump();
}

} // namespace

server_log::server_log(log_format format, log_level level)
  : format_(format), level_(level), output_(complain, most_unwritten)
{
}

void server_log::connected(const reader_id& reader, const std::string& from)
{
  if (format_ == log_format::text)
    return write(fmt::format(
      "{} {} reader {}: connected from {}", now_in_utc(), reader.server, reader.number, from));
  auto json = event("connected", reader);
  json["from"] = from;
  write(json.dump());
}

void server_log::sent(const reader_id& reader, std::uint64_t bytes, duration late)
{
  if (format_ == log_format::text)
    return write(fmt::format("{} {} reader {}: {}, {:.3f} ms late", now_in_utc(), reader.server,
      reader.number, count_text(bytes, "byte"), seconds(late) * 1e3));
  auto json = event("sent", reader);
  json["bytes"] = bytes;
  json["late_s"] = seconds(late);
  write(json.dump());
}

void server_log::finished(const reader_id& reader, const reader_summary& summary)
{
  if (format_ == log_format::text)
    return write(
      fmt::format("{} {} reader {}: finished after {} in {}, {:.3f} s, at most {:.3f} ms late: {}",
        now_in_utc(), reader.server, reader.number, count_text(summary.bytes, "byte"),
        count_text(summary.chunks, "chunk"), seconds(summary.time),
        seconds(summary.worst_lateness) * 1e3, to_text(summary.ending)));
  auto json = event("finished", reader);
  json["bytes"] = summary.bytes;
  json["chunks"] = summary.chunks;
  json["time_s"] = seconds(summary.time);
  json["worst_lateness_s"] = seconds(summary.worst_lateness);
  json["ending"] = to_text(summary.ending);
  write(json.dump());
}

void server_log::warning(const std::string& text)
{
  write(warning_line(format_, text));
}

void server_log::write(std::string line)
{
  if (dropped_ > dropped_told_ &&
      output_.add(
        warning_line(format_, fmt::format("{} lines of the log were dropped, for nobody reads it",
                                dropped_ - dropped_told_))))
    dropped_told_ = dropped_;
  if (!output_.add(std::move(line)))
    ++dropped_;
}

} // namespace poetry
