#include "server/journal.hpp"

#include "common/output.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace poetry {
namespace {

nlohmann::ordered_json event(const char* name, const visitor& reader)
{
  return {{"event", name}, {"server", reader.server}, {"reader", reader.number}};
}

} // namespace

void journal::arrived(const visitor& reader, const std::string& from) const
{
  if (format_ == log_format::text)
    return complain(fmt::format("{} reader {}: here, from {}", reader.server, reader.number, from));
  auto json = event("arrived", reader);
  json["from"] = from;
  complain(json.dump());
}

void journal::sent(const visitor& reader, std::uint64_t bytes, duration late) const
{
  if (format_ == log_format::text)
    return complain(fmt::format("{} reader {}: {} bytes, {:.3f} ms late", reader.server,
      reader.number, bytes, seconds(late) * 1e3));
  auto json = event("sent", reader);
  json["bytes"] = bytes;
  json["late_s"] = seconds(late);
  complain(json.dump());
}

void journal::gone(const visitor& reader, const visit_summary& visit) const
{
  if (format_ == log_format::text)
    return complain(fmt::format(
      "{} reader {}: gone after {} bytes in {} chunks, {:.3f} s, at most {:.3f} ms late: {}",
      reader.server, reader.number, visit.bytes, visit.chunks, seconds(visit.time),
      seconds(visit.worst_lateness) * 1e3, to_text(visit.ending)));
  auto json = event("gone", reader);
  json["bytes"] = visit.bytes;
  json["chunks"] = visit.chunks;
  json["time_s"] = seconds(visit.time);
  json["worst_lateness_s"] = seconds(visit.worst_lateness);
  json["ending"] = to_text(visit.ending);
  complain(json.dump());
}

} // namespace poetry
