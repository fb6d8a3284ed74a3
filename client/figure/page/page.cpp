#include "client/figure/page/page.hpp"

#include "client/figure/drawing/style.hpp"
#include "client/figure/drawing/svg.hpp"
#include "client/figure/page/page_data.hpp"
#include "client/figure/page/page_parts.hpp"
#include "client/figure/page/sources.hpp"
#include "common/base64.hpp"

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
