#pragma once

#include "client/figure/drawing/curves.hpp"
#include "client/figure/recording/recording.hpp"

#include <string>
#include <vector>

namespace poetry::figure {

/// A table as text. Whoever makes it also decides how numbers look.
struct table
{
  enum class kind
  {
    text,
    number, // aligned to the right
    verdict // in the colour of `met`, `not met` or `inconclusive`
  };
  struct column
  {
    std::string heading;
    kind holds = kind::text;
  };

  std::string title;
  std::string summary;
  std::vector<column> columns;
  /// A row with a single cell is a heading of the rows below it.
  std::vector<std::vector<std::string>> rows;
  /// Remarks below the table, a line each.
  std::vector<std::string> notes;
};

/// A length of time and whose it is; the hint is what to compare it with.
struct labelled_time
{
  std::string label;
  double seconds = 0;
  std::string hint = {};
};

/// The first thing on a page: a few large numbers, and a bar for each wall clock.
struct headline
{
  std::vector<labelled_time> numbers;
  std::string bars_title;
  std::vector<labelled_time> bars;
};

/// All that a page shows. Only `title` and `recordings` are needed; a part that is empty is left
/// out. Every text may come from anywhere: it is escaped where it is shown.
struct page_content
{
  std::string title;
  figure::headline headline;         // empty: that of the recordings
  std::vector<recording> recordings; // one for each model that takes part in the replay
  std::string recorded_setting;      // of a sweep, the one that is recorded: "tasks 1"
  std::vector<table> results;        // one for each scenario
  table claims;
  std::vector<sweep> sweeps;
  std::string command;     // that gets these results again; empty: those of the recordings
  std::string raw_results; // JSON, for download beside the recordings; may be empty
};

/// One self-contained HTML page: no network, figures complete without JavaScript, a replay of the
/// recordings with it. Its size grows with the recordings: keep them below `most_events`.
std::string make_page(const page_content& content);

} // namespace poetry::figure
