#pragma once

#include <algorithm>
#include <limits>
#include <span>
#include <string>
#include <string_view>

namespace poetry::race {

constexpr double not_measured = std::numeric_limits<double>::quiet_NaN();

/// One run of a contender, in seconds, bytes and counts. A number that was not measured is NaN;
/// what the numbers mean stands in the table below. A new metric is a member here, a row of the
/// table, and the line in run/ that measures it.
struct measurement
{
  /// Why this run is invalid; empty when every poem arrived complete and correct.
  std::string wrong;

  double predicted = not_measured;
  double wall = not_measured;
  double process = not_measured;
  double sum = not_measured;
  double longest = not_measured;
  double overlap = not_measured;
  double cpu = not_measured;
  double switches = not_measured;
  double exit_code = not_measured;
  double connections = not_measured;
  double whole = not_measured;
  double failed = not_measured;
  double went_on = not_measured;
  double rss = not_measured;
  double threads = not_measured;
  double tasks = not_measured;
  double work = not_measured;
  double work_due = not_measured;
  double ticks = not_measured;
  double tick_p99 = not_measured;
  double tick_max = not_measured;
  double rest = not_measured;
  double at_once = not_measured;
  double delay = not_measured;
};

enum class unit
{
  seconds,
  bytes,
  count,
  factor
};

/// A number of a measurement, with its name in assertions and results.
struct metric
{
  std::string_view name;
  double measurement::*value;
  race::unit unit;
  /// What two client processes that ran at the same time have together.
  double (*combined)(double one, double other);
  /// Of its column in the table of results; empty: it has none.
  std::string_view heading;
  /// What its name alone does not tell, for `--help`.
  std::string_view meaning;
};

inline constexpr auto sum_of = [](double one, double other) { return one + other; };
inline constexpr auto larger_of = [](double one, double other) { return std::max(one, other); };
inline constexpr auto unknown_of = [](double, double) { return not_measured; };

/// All metrics, those with a column in the order of the table.
inline constexpr metric metrics[] = {
  {"wall", &measurement::wall, unit::seconds, larger_of, "measured", "if none is named"},
  {"process", &measurement::process, unit::seconds, larger_of, "process", "from exec to exit"},
  {"tick_p99", &measurement::tick_p99, unit::seconds, larger_of, "tick p99",
    "how late the timer is"},
  {"tick_max", &measurement::tick_max, unit::seconds, larger_of, "tick max", ""},
  {"cpu", &measurement::cpu, unit::seconds, sum_of, "CPU", ""},
  {"rss", &measurement::rss, unit::bytes, sum_of, "memory", "peak of memory"},
  {"overlap", &measurement::overlap, unit::factor, unknown_of, "overlap", "sum / wall"},
  {"threads", &measurement::threads, unit::count, sum_of, "threads", ""},
  {"switches", &measurement::switches, unit::count, sum_of, "switches", ""},
  {"tasks", &measurement::tasks, unit::count, sum_of, "", ""},
  {"predicted", &measurement::predicted, unit::seconds, larger_of, "", ""},
  {"sum", &measurement::sum, unit::seconds, sum_of, "", "of all downloads"},
  {"longest", &measurement::longest, unit::seconds, larger_of, "", "of them"},
  {"work", &measurement::work, unit::seconds, sum_of, "", "CPU time burnt on purpose"},
  {"work_due", &measurement::work_due, unit::seconds, sum_of, "", "what it should be"},
  {"ticks", &measurement::ticks, unit::count, sum_of, "", ""},
  {"rest", &measurement::rest, unit::seconds, unknown_of, "", "when the last task but one ended"},
  {"at_once", &measurement::at_once, unit::count, unknown_of, "",
    "tasks worked for at the same moment"},
  {"exit_code", &measurement::exit_code, unit::count, larger_of, "", ""},
  {"connections", &measurement::connections, unit::count, unknown_of, "",
    "at once, as the servers saw it"},
  {"whole", &measurement::whole, unit::count, unknown_of, "", "poems, as the servers saw it"},
  {"failed", &measurement::failed, unit::count, sum_of, "", "downloads that a model reports so"},
  {"went_on", &measurement::went_on, unit::seconds, larger_of, "", "after the last good poem"},
  {"delay", &measurement::delay, unit::seconds, larger_of, "",
    "that others on the machine may have caused"},
};

/// A metric over several runs.
struct spread
{
  double median = not_measured;
  double least = not_measured;
  double most = not_measured;
};

/// Over the valid runs; NaN when there is none, or when one of them did not measure it.
spread spread_of(std::span<const measurement> runs, double measurement::*value);

/// The median without the delays that other programs on the machine can have caused; simply the
/// median without such delays, and of a metric that they do not prolong.
double median_undelayed(std::span<const measurement> runs, double measurement::*value);

/// The reasons why runs are invalid, each once; empty when all are valid.
std::string wrong_in(std::span<const measurement> runs);

/// `1.234 s`, `3.9 MB`, `12`, `1.65x`; `-` for what was not measured.
std::string to_text(double value, unit unit);

} // namespace poetry::race
