#include "client/figure/page/page.hpp"

#include "client/figure/drawing/curves.hpp"
#include "client/figure/drawing/figures.hpp"
#include "client/figure/drawing/style.hpp"
#include "client/figure/drawing/svg.hpp"
#include "client/figure/drawing/words.hpp"
#include "client/figure/page/sources.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>

namespace poetry::figure {
namespace {

using json = nlohmann::ordered_json;

constexpr auto no_replay =
  "<section><h2>No replay</h2>\n<p>No run ended well, or they are so large that recording them "
  "would have changed what is measured.</p></section>\n";
constexpr auto needs_servers =
  "<p>The servers must be running before these commands are given. How they were started is not "
  "part of a recording; <code>slowpoetry --help</code> shows how.</p>\n";

/// A policy that allows the page's own script, and nothing from elsewhere.
std::string policy()
{
  std::string digest;
  for (std::size_t i = 0; i + 1 < page_js_sha256.size(); i += 2)
    digest.push_back(
      static_cast<char>(std::stoi(std::string(page_js_sha256.substr(i, 2)), nullptr, 16)));
  return fmt::format("default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
                     "script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
    to_base64(digest));
}

std::string section(const std::string& id, const std::string& title, const std::string& body)
{
  return body.empty() ? ""
                      : fmt::format("<section id=\"{0}\" aria-labelledby=\"{0}-title\">\n"
                                    "<h2 id=\"{0}-title\">{1}</h2>\n{2}</section>\n",
                          id, escaped(title), body);
}

/// The slowest and the fastest run, and a bar for each.
headline headline_of(const std::vector<recording>& runs)
{
  headline result;
  std::map<std::string, int> seen;
  for (const auto& run : runs)
    result.bars.push_back({next_label(run, seen), run.wall / 1e6,
      // What servers saw has no sum.
      run.seen_by_servers ? "" : "its downloads add up to " + time_text(run.sum_of_tasks / 1e6)});
  const auto [fastest, slowest] =
    std::ranges::minmax_element(result.bars, {}, &labelled_time::seconds);
  if (slowest != result.bars.end())
    result.numbers.push_back(*slowest);
  if (fastest != slowest)
    result.numbers.push_back(*fastest);
  return result;
}

std::string headline_html(const headline& headline)
{
  if (headline.bars.empty())
    return "";
  std::string html = "<div class=\"numbers\">";
  for (const auto& [label, seconds, hint] : headline.numbers)
    html += fmt::format("<div class=\"number\"><span class=\"of\">{}</span><strong>{}</strong>"
                        "<span class=\"hint\">{}</span></div>\n",
      escaped(label), time_text(seconds), escaped(hint));
  html += "</div>\n";
  if (!headline.bars_title.empty())
    html += fmt::format("<h3>{}</h3>\n", escaped(headline.bars_title));
  html += "<ul class=\"bars\" aria-label=\"Wall clocks\">\n";
  const auto longest = std::ranges::max(headline.bars, {}, &labelled_time::seconds).seconds;
  for (const auto& [label, seconds, hint] : headline.bars)
    html += fmt::format("<li><span>{}</span><span class=\"bar\"><i style=\"width:{:.2f}%\"></i>{}"
                        "</span></li>\n",
      escaped(label), 86 * seconds / std::max(longest, 1e-6), time_text(seconds));
  return html + "</ul>\n";
}

std::string table_html(const table& table)
{
  if (table.rows.empty())
    return "";
  std::string html = "<div class=\"scroll\"><table><thead><tr>";
  for (const auto& column : table.columns)
    html += fmt::format("<th class=\"{}\">{}</th>", column.holds == table::kind::number ? "n" : "",
      escaped(column.heading));
  html += "</tr></thead><tbody>\n";
  for (const auto& row : table.rows)
  {
    html += row.size() > 1
              ? "<tr><th scope=\"row\">"
              : fmt::format("<tr><th colspan=\"{}\" scope=\"rowgroup\">", table.columns.size());
    html += escaped(row[0]) + "</th>";
    for (std::size_t i = 1; i < row.size(); ++i)
    {
      const auto kind = table.columns[i].holds;
      const auto text = escaped(row[i]);
      html += fmt::format("<td class=\"{}\">{}</td>",
        kind == table::kind::number    ? "n"
        : kind == table::kind::verdict ? "verdict " + text
                                       : "",
        text);
    }
    html += "</tr>\n";
  }
  html += "</tbody></table></div>\n";
  for (const auto& note : table.notes)
    html += fmt::format("<p class=\"note\">{}</p>\n", escaped(note));
  return html;
}

std::string figure_html(const drawing& drawing)
{
  return fmt::format("<figure><div class=\"scroll\">{}</div><figcaption>{}</figcaption></figure>\n",
    to_element(drawing), escaped(drawing.caption));
}

std::string command_html(const std::string& command)
{
  return fmt::format("<pre class=\"command\">{}</pre>\n", escaped(command));
}

double tenths(microseconds time)
{
  return std::round(time * 10) / 10;
}

json seconds(const std::optional<microseconds>& time)
{
  return time ? json(tenths(*time) / 1e6) : json();
}

/// A recording with the numbers of its poems in `poems`. Tasks and threads count from 1.
json run_data(const recording& run, const std::map<std::string_view, std::size_t>& poems)
{
  json tasks = json::array(), texts = tasks, slices = tasks, ticks = tasks;
  for (const auto& task : run.tasks)
  {
    tasks.push_back({{"task", tasks.size() + 1}, {"server", task.server}, {"status", task.status},
      {"error", task.error}, {"bytes", task.poem.size()}, {"start_s", seconds(task.start)},
      {"end_s", seconds(task.end)}});
    texts.push_back(poems.at(task.poem));
  }
  for (const auto& slice : run.slices)
    slices.push_back(
      {slice.thread + 1, slice.task + 1, tenths(slice.start), tenths(slice.length), slice.bytes});
  for (const auto& tick : run.ticks)
    ticks.push_back({tenths(tick.at), tenths(tick.late)});
  auto result = json::parse(run.result);
  result["tasks"] = std::move(tasks);
  return {{"predicted", seconds(run.predicted)}, {"extent", tenths(extent_of(run))},
    {"command", run.command}, {"host", run.host}, {"date", run.date}, {"result", std::move(result)},
    {"poems", std::move(texts)}, {"slices", std::move(slices)}, {"ticks", std::move(ticks)}};
}

/// The recordings and raw results as JSON for a `<script type="application/json">`: no `<` in it.
/// Each poem is there once, the beginning of it when there are many or it is long.
std::string data_json(const page_content& content)
{
  std::map<std::string_view, std::size_t> poems;
  for (const auto& run : content.recordings)
    for (const auto& task : run.tasks)
      poems.try_emplace(task.poem, poems.size());
  std::map<std::string, int> seen;
  json data{{"schema", "slowpoetry.page/2"}, {"title", content.title}, {"runs", json::array()},
    {"poems", std::vector<std::string>(poems.size())}};
  for (const auto& run : content.recordings)
  {
    auto& added = data["runs"].emplace_back(run_data(run, poems));
    added["label"] = next_label(run, seen);
  }
  const auto room = std::clamp<std::size_t>(600'000 / (poems.size() + 1), 40, 20'000);
  for (const auto& [poem, place] : poems)
    data["poems"][place] = to_base64(poem.substr(0, room));
  if (!content.raw_results.empty())
    data["results"] = json::parse(content.raw_results);
  // A `<` could end the script element or begin a comment in it.
  return replaced(data.dump(-1, ' ', false, json::error_handler_t::replace), "<", "\\u003c");
}

} // namespace

std::string make_page(const page_content& content)
{
  const auto of_setting = content.recorded_setting.empty() ? "" : ", " + content.recorded_setting;
  std::string results;
  for (const auto& table : content.results)
    results += fmt::format("<h3>{}</h3>\n<p>{}</p>\n{}", escaped(table.title),
      escaped(table.summary), table_html(table));
  std::string figures;
  for (const auto& drawing : draw_figures({}, content.recordings))
    figures += figure_html(drawing);
  std::string sweeps;
  for (std::size_t i = 0; i < content.sweeps.size(); ++i)
    sweeps += figure_html(draw_curves(content.sweeps[i], i + 1));
  std::string recorded_commands;
  for (const auto& run : content.recordings)
    recorded_commands += command_html(run.command);
  return fmt::format(fmt::runtime(page_html), fmt::arg("policy", policy()),
    fmt::arg("title", escaped(content.title)),
    fmt::arg("style", fmt::format("{}{}", page_css, figure_css)),
    fmt::arg("patterns", pattern_definitions()),
    fmt::arg("headline",
      headline_html(
        content.headline.bars.empty() ? headline_of(content.recordings) : content.headline)),
    fmt::arg("replay", content.recordings.empty() ? no_replay
                                                  : fmt::format(fmt::runtime(replay_html),
                                                      fmt::arg("of", escaped(of_setting)))),
    fmt::arg("sections", section("measured", "Predicted and measured", results) +
                           section("figures", "Figures" + of_setting, figures) +
                           section("claims", "Claims", table_html(content.claims)) +
                           section("sweeps", "How it grows", sweeps) +
                           section("reproduce", "Do it yourself",
                             content.command.empty() ? needs_servers + recorded_commands
                                                     : command_html(content.command))),
    fmt::arg("origin", escaped(origin_of({content.recordings.begin(), content.recordings.end()}))),
    fmt::arg("data", data_json(content)), fmt::arg("script", page_js));
}

} // namespace poetry::figure
