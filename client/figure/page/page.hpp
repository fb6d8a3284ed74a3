#pragma once

#include "client/figure/drawing/curves.hpp"
#include "client/figure/recording/recording.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace poetry::figure {

/// One model in one scenario: what was expected of it and what every run of it took.
struct measured_row
{
  std::string model;
  std::optional<double> predicted_s; // unset when nothing is predicted
  std::vector<double> walls_s;       // every run; the page shows median, least and most
  std::optional<double> cpu_s;       // these four: the median run's
  std::optional<std::uint64_t> max_rss_bytes;
  std::optional<std::uint64_t> switches;
  std::optional<double> tick_p99_s;
  std::string expected;    // in words, when more was expected than a wall clock
  std::optional<bool> met; // unset when nothing was expected
  std::string setting;     // where something is swept, its value: "tasks 64"
};

/// A table of the page. The first scenario's blocking and asynchronous rows are the headline: of a
/// sweep, those of its two ends.
struct scenario
{
  std::string name;
  std::string summary; // one sentence
  std::vector<measured_row> rows;
};

/// A claim as the race saw it. Losses and ties that were expected are claims too, and their verdict
/// is still `met`.
struct claim
{
  enum class kind
  {
    fairness, // every model did the same, and all of it
    win,
    no_win // one of the cases in which asynchronous does not win
  };
  enum class outcome
  {
    met,
    not_met,
    not_tested
  };

  std::string text;
  std::string measured; // the numbers it rests on
  outcome verdict = outcome::not_tested;
  kind about = kind::win;
};

/// All that a page shows. Only `title` and `recordings` are needed; a part that is empty is left
/// out. Every text may come from anywhere: it is escaped where it is shown.
struct page_content
{
  std::string title;
  std::vector<recording> recordings; // one for each model that takes part in the replay
  std::string recorded_setting;      // of a sweep, the one that is recorded: "tasks 1"
  std::vector<scenario> scenarios;
  std::vector<claim> claims;
  std::vector<sweep> sweeps;
  std::vector<std::string> commands; // what to type to get these results again
  std::string raw_results;           // JSON, for download beside the recordings; may be empty
};

/// One self-contained HTML page: no network, figures complete without JavaScript, a replay of the
/// recordings with it. Its size grows with the recordings: keep them below `most_events`. Throws
/// `std::runtime_error` when `raw_results` is not JSON.
std::string make_page(const page_content& content);

} // namespace poetry::figure
