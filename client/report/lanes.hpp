#pragma once

#include "client/run/download.hpp"
#include "common/duration.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace poetry {

class run;

/// How a picture in a terminal is drawn.
struct lane_style
{
  std::size_t columns = 80;
  std::size_t rows = 24;
  bool colour = true;
  bool ascii = false;
};

/// The picture of a running run: a line for the whole, and a lane for each download. Its bar shows
/// what arrived when, the darker the more of the looks at it found new bytes. It only reads the
/// run's records; call `look` at short intervals, from a process that does nothing else.
class lanes
{
public:
  explicit lanes(const run& run);

  /// Notes what has arrived since the last look.
  void look(time_point now);
  /// The picture as of the last look: at most `style.rows` lines of at most `style.columns`
  /// columns. More downloads than fit are counted by state, and the slowest of them shown.
  std::vector<std::string> draw(const lane_style& style) const;
  /// The same in one line without any colour.
  std::string describe() const { return headline() + "  " + counts(); }

private:
  /// What arrived for one download: how many looks found new bytes, in slots of equal length from
  /// the run's start on.
  struct history
  {
    std::uint64_t bytes = 0;
    std::vector<std::uint32_t> arrivals;
  };

  std::size_t slot_of(time_point time) const;
  void halve_slots();
  std::string headline() const;
  std::string counts() const;
  std::string draw_lane(std::size_t index, const lane_style& style) const;
  std::string draw_bar(std::size_t index, std::size_t width, const lane_style& style) const;
  /// The downloads that are shown: at most so many.
  std::vector<std::size_t> shown(std::size_t most) const;

  const run& run_;
  time_point now_;
  duration slot_;
  std::vector<std::uint32_t> looks_; // in each slot
  std::vector<history> histories_;
  std::size_t name_width_ = 1;
};

} // namespace poetry
