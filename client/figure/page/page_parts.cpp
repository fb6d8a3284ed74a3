#include "client/figure/page/page_parts.hpp"

#include "client/figure/drawing/choice.hpp"
#include "client/figure/drawing/curves.hpp"
#include "client/figure/drawing/lanes.hpp"
#include "client/figure/drawing/svg.hpp"
#include "client/figure/drawing/words.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace poetry::figure {
namespace {

std::string section(const std::string& id, const std::string& title, const std::string& body)
{
  return body.empty() ? ""
                      : fmt::format("<section id=\"{0}\" aria-labelledby=\"{0}-title\">\n"
                                    "<h2 id=\"{0}-title\">{1}</h2>\n{2}</section>\n",
                          id, escaped(title), body);
}

std::string big_number(const std::string& of, microseconds time, const std::string& hint)
{
  return fmt::format("<div class=\"number\"><span class=\"of\">{}</span><strong>{}</strong>"
                     "<span class=\"hint\">{}</span></div>\n",
    escaped(of), time_text(time), escaped(hint));
}

struct length
{
  std::string label;
  microseconds time;
};

std::string bars(const std::vector<length>& lengths, const std::string& of = "")
{
  microseconds longest = 1;
  for (const auto& length : lengths)
    longest = std::max(longest, length.time);
  std::string html = of.empty() ? "" : fmt::format("<h3>{}</h3>\n", escaped(of));
  html += "<ul class=\"bars\" aria-label=\"Wall clocks\">\n";
  for (const auto& length : lengths)
    html += fmt::format("<li><span>{}</span><span class=\"bar\"><i style=\"width:{:.2f}%\"></i>{}"
                        "</span></li>\n",
      escaped(length.label), 86 * length.time / longest, time_text(length.time));
  return html + "</ul>\n";
}

std::string label_of(const measured_row& row)
{
  return row.setting.empty() ? row.model : row.model + ", " + row.setting;
}

/// The first row of one of `models` in that setting that was measured.
const measured_row* row_of(
  const scenario& scenario, const std::string& setting, const std::vector<std::string>& models)
{
  for (const auto& model : models)
    for (const auto& row : scenario.rows)
      if (row.model == model && row.setting == setting && !row.walls_s.empty())
        return &row;
  return nullptr;
}

std::string predicted_text(const measured_row& row)
{
  return row.predicted_s ? "predicted " + time_text(*row.predicted_s * 1e6) : "nothing predicted";
}

std::string measured_headline(const scenario& scenario)
{
  std::vector<std::string> ends;
  if (!scenario.rows.empty())
    ends = {scenario.rows.front().setting, scenario.rows.back().setting};
  ends.erase(std::unique(ends.begin(), ends.end()), ends.end());
  std::string numbers;
  for (const auto& setting : ends)
    for (const auto* row :
      {row_of(scenario, setting, {"blocking"}), row_of(scenario, setting, {"async", "coroutines"})})
      if (row)
        numbers += big_number(label_of(*row), median(row->walls_s) * 1e6, predicted_text(*row));
  std::vector<length> lengths;
  for (const auto& row : scenario.rows)
    if (!row.walls_s.empty() && row.setting == ends.back())
      lengths.push_back({row.model, median(row.walls_s) * 1e6});
  return fmt::format("<div class=\"numbers{}\">{}</div>\n{}", ends.size() > 1 ? " four" : "",
    numbers, bars(lengths, ends.empty() ? "" : ends.back()));
}

std::string recorded_headline(const std::vector<recording>& runs)
{
  const auto* blocking = best_for(figure_kind::synchronous, runs);
  const auto* asynchronous = best_for(figure_kind::asynchronous, runs);
  std::string numbers;
  if (blocking)
    numbers += big_number(
      blocking->model, blocking->wall, "sum of its downloads " + time_text(blocking->sum_of_tasks));
  if (asynchronous && asynchronous != blocking)
    numbers += big_number(asynchronous->model, asynchronous->wall,
      "longest of its downloads " + time_text(asynchronous->longest_task));
  std::vector<length> lengths;
  lengths.reserve(runs.size());
  std::map<std::string, int> seen;
  for (const auto& run : runs)
    lengths.push_back({next_label(run.model, seen), run.wall});
  return fmt::format("<div class=\"numbers\">{}</div>\n{}", numbers, bars(lengths));
}

std::string cell(const std::string& text, const char* css = "n")
{
  return fmt::format("<td class=\"{}\">{}</td>", css, escaped(text));
}

std::string seconds_text(const std::optional<double>& time)
{
  return time ? time_text(*time * 1e6) : "";
}

std::string range_text(const measured_row& row)
{
  if (row.walls_s.empty())
    return "";
  const auto [least, most] = std::ranges::minmax(row.walls_s);
  return row.walls_s.size() == 1
           ? "1 run"
           : fmt::format("{} to {}", time_text(least * 1e6), time_text(most * 1e6));
}

std::string verdict_text(const measured_row& row)
{
  return !row.met ? "" : *row.met ? "met" : "not met";
}

struct table_column
{
  const char* heading;
  const char* css;
  std::string (*text)(const measured_row&); // nothing where there is nothing to say
};

const table_column table_columns[] = {
  {"predicted", "n", [](const measured_row& row) { return seconds_text(row.predicted_s); }},
  {"measured", "n",
    [](const measured_row& row) {
      return row.walls_s.empty() ? "" : time_text(median(row.walls_s) * 1e6);
    }},
  {"range", "n", range_text},
  {"CPU", "n", [](const measured_row& row) { return seconds_text(row.cpu_s); }},
  {"memory", "n",
    [](const measured_row& row) {
      return row.max_rss_bytes ? bytes_text(static_cast<double>(*row.max_rss_bytes)) : "";
    }},
  {"switches", "n",
    [](const measured_row& row) { return row.switches ? fmt::format("{}", *row.switches) : ""; }},
  {"tick late, p99", "n", [](const measured_row& row) { return seconds_text(row.tick_p99_s); }},
  {"expected", "", [](const measured_row& row) { return row.expected; }},
  {"", "", verdict_text},
};

/// A scenario's table, without the columns in which no row has anything to say.
std::string table_html(const scenario& scenario)
{
  std::vector<const table_column*> columns;
  for (const auto& column : table_columns)
    if (std::ranges::any_of(
          scenario.rows, [&](const measured_row& row) { return !column.text(row).empty(); }))
      columns.push_back(&column);
  std::string html = "<div class=\"scroll\"><table><thead><tr><th>model</th>";
  for (const auto* column : columns)
    html += fmt::format("<th class=\"{}\">{}</th>", column->css, column->heading);
  html += "</tr></thead><tbody>\n";
  for (const auto& row : scenario.rows)
  {
    html += fmt::format("<tr><th scope=\"row\">{}</th>", escaped(label_of(row)));
    for (const auto* column : columns)
    {
      const auto text = column->text(row);
      const bool is_verdict = column->text == verdict_text;
      html += cell(text, is_verdict && row.met ? (*row.met ? "met" : "not-met") : column->css);
    }
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

std::string figure_html(const drawing& drawing, const std::string& caption)
{
  return fmt::format("<figure><div class=\"scroll\">{}</div><figcaption>{}</figcaption></figure>\n",
    to_element(drawing), escaped(caption));
}

} // namespace

std::string of_setting(const page_content& content)
{
  return content.recorded_setting.empty() ? "" : ", " + content.recorded_setting;
}

std::string headline_html(const page_content& content)
{
  if (!content.scenarios.empty())
    return measured_headline(content.scenarios.front());
  return content.recordings.empty() ? "" : recorded_headline(content.recordings);
}

std::string scenarios_html(const page_content& content)
{
  std::string html;
  for (const auto& scenario : content.scenarios)
    html += fmt::format("<h3>{}</h3>\n<p>{}</p>\n{}", escaped(scenario.name),
      escaped(scenario.summary), table_html(scenario));
  return section("measured", "Predicted and measured", html);
}

std::string figures_html(const page_content& content)
{
  const auto& runs = content.recordings;
  std::string html;
  std::vector<const recording*> all;
  for (const auto& run : runs)
    if (!run.tasks.empty())
      all.push_back(&run);
  if (!all.empty())
    html +=
      figure_html(draw_lanes(all), "All runs on one time axis. A row is a task: grey while it "
                                   "waits, colour where bytes come in and are worked on.");
  const auto draw = [&](figure_kind kind, scale scale, const std::string& caption) {
    if (const auto* run = best_for(kind, runs))
      html += figure_html(draw_figure(kind, *run, scale), caption);
  };
  draw(figure_kind::synchronous, scale::time,
    "One after another: while a task waits, everything waits. The wall clock is the sum.");
  draw(figure_kind::threaded, scale::time,
    "All at once, each in a thread of its own. The wall clock is the longest.");
  const auto* loop = best_for(figure_kind::asynchronous, runs);
  draw(figure_kind::asynchronous, scale::order,
    loop && is_interleaved(*loop)
      ? "One thread, in the order of events: a task runs until it gives up control, then another."
      : "One thread, in the order of events: a task has the thread until it ends.");
  draw(figure_kind::asynchronous, scale::time,
    "The same run in true time: what is not grey is all the work there was.");
  draw(
    figure_kind::waiting, scale::time, "One after another once more, with its waiting pointed at.");
  if (const auto pair = comparison_of(runs))
    html += figure_html(draw_beside(*pair->asynchronous, *pair->blocking),
      "Less waiting: what is grey for one task on the right is filled with others on the left.");
  return section("figures", "Figures" + of_setting(content), html);
}

std::string claims_html(const page_content& content)
{
  if (content.claims.empty())
    return "";
  std::string html = "<div class=\"scroll\"><table><thead><tr><th>claim</th><th>measured</th>"
                     "<th>verdict</th></tr></thead><tbody>\n";
  const auto add = [&](claim::kind about, const char* heading) {
    if (std::ranges::find(content.claims, about, &claim::about) == content.claims.end())
      return;
    html += fmt::format("<tr><th colspan=\"3\" scope=\"rowgroup\">{}</th></tr>\n", heading);
    for (const auto& claim : content.claims)
      if (claim.about == about)
        html += fmt::format("<tr><td>{}</td><td>{}</td>{}</tr>\n", escaped(claim.text),
          escaped(claim.measured),
          claim.verdict == claim::outcome::met       ? cell("met", "met")
          : claim.verdict == claim::outcome::not_met ? cell("not met", "not-met")
                                                     : cell("not tested here", "not-tested"));
  };
  add(claim::kind::win, "Where asynchronous wins");
  add(claim::kind::no_win, "Where it does not");
  add(claim::kind::fairness, "That the race is fair");
  return section("claims", "Claims", html + "</tbody></table></div>\n");
}

std::string sweeps_html(const page_content& content)
{
  std::string html;
  for (std::size_t i = 0; i < content.sweeps.size(); ++i)
    if (!content.sweeps[i].points.empty())
      html += figure_html(draw_curves(content.sweeps[i], i + 1),
        content.sweeps[i].caption +
          " Every dot is a run. What is predicted was known before the first of them.");
  return section("sweeps", "How it grows", html);
}

std::string reproduce_html(const page_content& content)
{
  std::string html;
  if (content.scenarios.empty() && !content.commands.empty())
    html =
      "<p>The servers must be running before these commands are given. How they were started is "
      "not part of a recording; <code>slowpoetry --help</code> shows how.</p>\n";
  for (const auto& command : content.commands)
    html += fmt::format("<pre class=\"command\">{}</pre>\n", escaped(command));
  return section("reproduce", "Do it yourself", html);
}

std::string origin_html(const page_content& content)
{
  std::vector<const recording*> runs;
  for (const auto& run : content.recordings)
    runs.push_back(&run);
  std::string html = "Made by Slow Poetry.";
  for (const auto& origin : origins_of(runs))
    html += " Recorded on " + escaped(origin) + ".";
  return html;
}

} // namespace poetry::figure
