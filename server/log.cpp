#include "server/log.hpp"

#include "common/output.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace poetry {
namespace {

nlohmann::ordered_json event(const char* name, const reader_id& reader)
{
  return {{"event", name}, {"server", reader.server}, {"reader", reader.number}};
}

} // namespace

void server_log::connected(const reader_id& reader, const std::string& from) const
{
  if (format_ == log_format::text)
    return complain(
      fmt::format("{} reader {}: connected from {}", reader.server, reader.number, from));
  auto json = event("connected", reader);
  json["from"] = from;
  complain(json.dump());
}

void server_log::sent(const reader_id& reader, std::uint64_t bytes, duration late) const
{
  if (format_ == log_format::text)
    return complain(fmt::format("{} reader {}: {} bytes, {:.3f} ms late", reader.server,
      reader.number, bytes, seconds(late) * 1e3));
  auto json = event("sent", reader);
  json["bytes"] = bytes;
  json["late_s"] = seconds(late);
  complain(json.dump());
}

void server_log::finished(const reader_id& reader, const reader_summary& summary) const
{
  if (format_ == log_format::text)
    return complain(fmt::format(
      "{} reader {}: finished after {} bytes in {} chunks, {:.3f} s, at most {:.3f} ms late: {}",
      reader.server, reader.number, summary.bytes, summary.chunks, seconds(summary.time),
      seconds(summary.worst_lateness) * 1e3, to_text(summary.ending)));
  auto json = event("finished", reader);
  json["bytes"] = summary.bytes;
  json["chunks"] = summary.chunks;
  json["time_s"] = seconds(summary.time);
  json["worst_lateness_s"] = seconds(summary.worst_lateness);
  json["ending"] = to_text(summary.ending);
  complain(json.dump());
}

} // namespace poetry
