#include "client/figure/page/page.hpp"

#include "client/figure/drawing/curves.hpp"
#include "client/figure/drawing/figures.hpp"
#include "client/figure/drawing/svg.hpp"
#include "client/figure/drawing/words.hpp"
#include "client/figure/page/page_data.hpp"
#include "client/figure/page/sources.hpp"
#include "common/base64.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <stdexcept>

namespace poetry::figure {
namespace {

/// Replaces each `{{name}}` of a template; what is filled in is not searched again.
std::string filled(
  std::string_view page, const std::map<std::string, std::string, std::less<>>& parts)
{
  std::string text;
  while (true)
  {
    const auto open = page.find("{{");
    const auto close = page.find("}}", open);
    if (open == page.npos || close == page.npos)
      return text.append(page);
    text.append(page.substr(0, open));
    text += parts.at(std::string(page.substr(open + 2, close - open - 2)));
    page.remove_prefix(close + 2);
  }
}

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

std::string numbers_html(const std::vector<labelled_time>& numbers)
{
  std::string html = fmt::format("<div class=\"numbers{}\">", numbers.size() > 2 ? " four" : "");
  for (const auto& [label, seconds, hint] : numbers)
    html += fmt::format("<div class=\"number\"><span class=\"of\">{}</span><strong>{}</strong>"
                        "<span class=\"hint\">{}</span></div>\n",
      escaped(label), poetry::time_text(seconds), escaped(hint));
  return html + "</div>\n";
}

std::string bars_html(const std::string& title, const std::vector<labelled_time>& bars)
{
  double longest = 1e-6;
  for (const auto& bar : bars)
    longest = std::max(longest, bar.seconds);
  std::string html = title.empty() ? "" : fmt::format("<h3>{}</h3>\n", escaped(title));
  html += "<ul class=\"bars\" aria-label=\"Wall clocks\">\n";
  for (const auto& bar : bars)
    html += fmt::format("<li><span>{}</span><span class=\"bar\"><i style=\"width:{:.2f}%\"></i>{}"
                        "</span></li>\n",
      escaped(bar.label), 86 * bar.seconds / longest, poetry::time_text(bar.seconds));
  return html + "</ul>\n";
}

headline headline_of(const std::vector<recording>& runs)
{
  headline result;
  const auto* blocking = best_for("1", runs);
  const auto* asynchronous = best_for("3", runs);
  if (blocking)
    result.numbers.push_back({blocking->model, blocking->wall / 1e6,
      "sum of its downloads " + time_text(blocking->sum_of_tasks)});
  if (asynchronous && asynchronous != blocking)
    result.numbers.push_back({asynchronous->model, asynchronous->wall / 1e6,
      "longest of its downloads " + time_text(asynchronous->longest_task)});
  std::map<std::string, int> seen;
  for (const auto& run : runs)
    result.bars.push_back({next_label(run, seen), run.wall / 1e6});
  return result;
}

/// The style of a cell, by what its column holds.
std::string style_of(table::kind kind, const std::string& text)
{
  if (kind == table::kind::number)
    return "n";
  return kind == table::kind::verdict
           ? fmt::format("verdict {}", text == "not met" ? "not-met" : text)
           : "";
}

std::string table_html(const table& table)
{
  std::string html = "<div class=\"scroll\"><table><thead><tr>";
  for (const auto& column : table.columns)
    html += fmt::format("<th class=\"{}\">{}</th>", column.holds == table::kind::number ? "n" : "",
      escaped(column.heading));
  html += "</tr></thead><tbody>\n";
  for (const auto& row : table.rows)
  {
    html += "<tr>";
    if (row.size() == 1)
      html += fmt::format(
        "<th colspan=\"{}\" scope=\"rowgroup\">{}</th>", table.columns.size(), escaped(row[0]));
    else
      html += fmt::format("<th scope=\"row\">{}</th>", escaped(row[0]));
    for (std::size_t i = 1; i < row.size(); ++i)
      html += fmt::format("<td class=\"{}\">{}</td>",
        escaped(style_of(table.columns[i].holds, row[i])), escaped(row[i]));
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

std::string of_setting(const page_content& content)
{
  return content.recorded_setting.empty() ? "" : ", " + content.recorded_setting;
}

std::string headline_html(const page_content& content)
{
  const auto headline =
    content.headline.bars.empty() ? headline_of(content.recordings) : content.headline;
  return headline.bars.empty()
           ? ""
           : numbers_html(headline.numbers) + bars_html(headline.bars_title, headline.bars);
}

std::string results_html(const page_content& content)
{
  std::string html;
  for (const auto& table : content.results)
    html += fmt::format("<h3>{}</h3>\n<p>{}</p>\n{}", escaped(table.title), escaped(table.summary),
      table_html(table));
  return section("measured", "Predicted and measured", html);
}

std::string figures_html(const page_content& content)
{
  std::string html;
  for (const auto& drawing : draw_figures({}, content.recordings))
    html += figure_html(drawing);
  return section("figures", "Figures" + of_setting(content), html);
}

std::string claims_html(const page_content& content)
{
  return content.claims.rows.empty() ? "" : section("claims", "Claims", table_html(content.claims));
}

std::string sweeps_html(const page_content& content)
{
  std::string html;
  for (std::size_t i = 0; i < content.sweeps.size(); ++i)
    if (!content.sweeps[i].points.empty())
      html += figure_html(draw_curves(content.sweeps[i], i + 1));
  return section("sweeps", "How it grows", html);
}

std::string reproduce_html(const page_content& content)
{
  std::string html;
  if (content.results.empty() && !content.commands.empty())
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

/// The replay, or why there is none.
std::string stage_html(const page_content& content)
{
  if (!content.recordings.empty())
    return filled(replay_html, {{"of", escaped(of_setting(content))}});
  if (content.results.empty())
    return "";
  return "<section><h2>No replay</h2>\n<p>These runs are so large that recording them would have "
         "changed what is measured.</p></section>\n";
}

} // namespace

std::string make_page(const page_content& content)
{
  return filled(page_html, {
                             {"policy", policy()},
                             {"title", escaped(content.title)},
                             {"style", std::string(page_css) + std::string(figure_css)},
                             {"patterns", pattern_definitions()},
                             {"headline", headline_html(content)},
                             {"replay", stage_html(content)},
                             {"figures", figures_html(content)},
                             {"scenarios", results_html(content)},
                             {"claims", claims_html(content)},
                             {"sweeps", sweeps_html(content)},
                             {"reproduce", reproduce_html(content)},
                             {"origin", origin_html(content)},
                             {"data", page_data(content)},
                             {"script", std::string(page_js)},
                           });
}

} // namespace poetry::figure
