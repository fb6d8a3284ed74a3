#include "client/report/lanes.hpp"

#include "client/run/run.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <array>
#include <fmt/color.h>
#include <fmt/format.h>
#include <iterator>
#include <numeric>
#include <tuple>

namespace poetry {
namespace {

/// More downloads than this get no bar: no terminal has as many rows.
constexpr std::size_t most_bars = 500;
constexpr std::size_t longest_name = 21;
constexpr std::size_t most_slots = 512;
constexpr duration first_slot = std::chrono::milliseconds(10);

struct state
{
  std::string_view name;
  fmt::terminal_color colour;
  int rank; ///< which downloads are shown when not all fit: those that read, wait, failed, are done
};

/// How each `download_status` is shown.
constexpr state states[] = {
  {"waiting", fmt::terminal_color::bright_black, 1},
  {"connects", fmt::terminal_color::yellow, 1},
  {"reading", fmt::terminal_color::green, 0},
  {"done", fmt::terminal_color::blue, 3},
  {"failed", fmt::terminal_color::red, 2},
  {"stopped", fmt::terminal_color::red, 2},
};

const state& state_of(const download& download)
{
  return states[static_cast<std::size_t>(download.status.load())];
}

std::string paint(const std::string& text, fmt::terminal_color colour, const lane_style& style)
{
  return style.colour ? fmt::format(fmt::fg(colour), "{}", text) : text;
}

/// A host's name cut to `width` columns; a character that is not printable ASCII becomes `?`.
std::string fit(std::string text, std::size_t width)
{
  for (char& c : text)
    c = c > ' ' && c < 0x7f ? c : '?';
  if (text.size() > width)
    text = text.substr(0, width - 1) + "~";
  return text;
}

} // namespace

lanes::lanes(const run& run)
  : run_(run),
    now_(run.began()),
    slot_(first_slot),
    histories_(std::min(run.downloads().size(), most_bars))
{
  for (const auto& server : run.servers())
    name_width_ = std::clamp(server.name.size(), name_width_, longest_name);
}

void lanes::look(time_point now)
{
  now_ = now;
  while (slot_of(now) >= most_slots)
    halve_slots();
  looks_.resize(slot_of(now) + 1);
  ++looks_.back();
  for (std::size_t i = 0; i < histories_.size(); ++i)
  {
    auto& [bytes, arrivals] = histories_[i];
    arrivals.resize(looks_.size());
    arrivals.back() += run_.downloads()[i].bytes > bytes;
    bytes = run_.downloads()[i].bytes;
  }
}

std::size_t lanes::slot_of(time_point time) const
{
  return static_cast<std::size_t>(std::max(time - run_.began(), duration{}) / slot_);
}

void lanes::halve_slots()
{
  slot_ *= 2;
  const auto halve = [](std::vector<std::uint32_t>& counts) {
    for (std::size_t i = 0; i < counts.size(); ++i)
      counts[i / 2] = i % 2 == 0 ? counts[i] : counts[i / 2] + counts[i];
    counts.resize((counts.size() + 1) / 2);
  };
  halve(looks_);
  for (auto& [bytes, arrivals] : histories_)
    halve(arrivals);
}

std::vector<std::string> lanes::draw(const lane_style& style) const
{
  const std::size_t rows = std::max<std::size_t>(style.rows, 2);
  std::vector<std::string> lines = {headline().substr(0, style.columns)};
  if (run_.downloads().size() >= rows)
    lines.push_back(counts().substr(0, style.columns));
  for (const std::size_t i : shown(rows - lines.size()))
    lines.push_back(draw_lane(i, style));
  return lines;
}

std::string lanes::headline() const
{
  duration sum{};
  time_point last = run_.began();
  for (const download& download : run_.downloads())
  {
    if (download.start != download::never)
      sum += (download.ended() ? download.end : now_) - download.start;
    last = std::max(last, download.ended() ? download.end : now_);
  }
  const duration wall = last - run_.began();
  auto line = fmt::format("get-poetry-{}  {:.1f} s  overlap {:.2f}x", run_.options().model,
    seconds(wall), wall > duration{} ? seconds(sum) / seconds(wall) : 0.0);
  if (const auto tick = run_.options().tick)
  {
    // A tick that is overdue gets later with every frame.
    const auto& counts = run_.counts();
    const auto due = run_.began() + *tick * (counts.ticks + 1);
    const auto overdue = counts.ended < run_.downloads().size() ? now_ - due : duration{};
    line += fmt::format("  tick late {}, worst {}",
      time_text(seconds(std::max(overdue, counts.last_lateness.load()))),
      time_text(seconds(std::max(overdue, counts.worst_lateness.load()))));
  }
  return line;
}

std::string lanes::counts() const
{
  std::array<std::size_t, std::size(states)> by_status = {};
  std::uint64_t bytes = 0;
  for (const download& download : run_.downloads())
  {
    ++by_status[static_cast<std::size_t>(download.status.load())];
    bytes += download.bytes;
  }
  std::string line = fmt::format("{} servers, {} bytes:", run_.downloads().size(), bytes);
  for (std::size_t i = 0; i < by_status.size(); ++i)
  {
    if (by_status[i] > 0)
      line += fmt::format(" {} {}", by_status[i], states[i].name);
  }
  return line;
}

std::string lanes::draw_lane(std::size_t index, const lane_style& style) const
{
  const download& download = run_.downloads()[index];
  const auto& state = state_of(download);
  const auto head = fmt::format("{:>3} {:<{}} ", download.task,
    fit(run_.server_of(download.task).name, name_width_), name_width_);
  const auto tail = fmt::format(" {:>8} {:<8}", download.bytes, state.name);
  if (style.columns < head.size() + tail.size() + 8)
    return fmt::format("{:>3} {}", download.task, state.name).substr(0, style.columns);
  const std::size_t width = style.columns - head.size() - tail.size();
  return head + draw_bar(index, width, style) + paint(tail, state.colour, style);
}

std::string lanes::draw_bar(std::size_t index, std::size_t width, const lane_style& style) const
{
  const download& download = run_.downloads()[index];
  if (index >= histories_.size() || download.start == download::never)
    return std::string(width, ' ');

  // From nothing over waiting to bytes in one look of three, in two, in more.
  constexpr std::array<const char*, 5> shades{" ", "\u2591", "\u2592", "\u2593", "\u2588"};
  constexpr std::array<const char*, 5> ascii_shades{" ", ".", ":", "+", "#"};
  const auto& arrivals = histories_[index].arrivals;
  const std::size_t begin = slot_of(download.start);
  const std::size_t end = download.ended() ? slot_of(download.end) + 1 : arrivals.size();
  const std::size_t all = slot_of(now_) + 1;
  const auto shade_at = [&](std::size_t column) -> std::size_t {
    const std::size_t from = column * all / width;
    const std::size_t to = std::max(from + 1, (column + 1) * all / width);
    if (to <= begin || from >= end)
      return 0;
    std::uint32_t looks = 0;
    std::uint32_t found = 0;
    for (std::size_t slot = from; slot < std::min(to, arrivals.size()); ++slot)
    {
      looks += looks_[slot];
      found += arrivals[slot];
    }
    return found == 0 ? 1 : 3 * found <= looks ? 2 : 3 * found <= 2 * looks ? 3 : 4;
  };
  // Runs of equal cells are painted at once: a frame stays small.
  std::string bar;
  for (std::size_t column = 0; column < width;)
  {
    const std::size_t shade = shade_at(column);
    std::string run;
    for (; column < width && shade_at(column) == shade; ++column)
      run += (style.ascii ? ascii_shades : shades)[shade];
    bar += shade == 0   ? run
           : shade == 1 ? paint(run, fmt::terminal_color::bright_black, style)
                        : paint(run, state_of(download).colour, style);
  }
  return bar;
}

std::vector<std::size_t> lanes::shown(std::size_t most) const
{
  std::vector<std::size_t> order(run_.downloads().size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (order.size() <= most)
    return order;
  // Among downloads of the same rank those with the fewest bytes come first.
  const auto rank = [&](std::size_t index) {
    const auto& download = run_.downloads()[index];
    return std::tuple(state_of(download).rank, download.bytes, index);
  };
  std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(most), {}, rank);
  order.resize(most);
  return order;
}

} // namespace poetry
