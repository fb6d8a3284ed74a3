#include "client/figure/drawing/svg.hpp"

#include "client/figure/drawing/style.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace poetry::figure {
namespace {

/// Control characters of terminals and of writing direction, and what XML does not allow.
bool is_unwanted(std::string_view character)
{
  return (character >= "\xc2\x80" && character < "\xc2\xa0") ||          // U+0080 to U+009F
         (character >= "\xe2\x80\xaa" && character <= "\xe2\x80\xae") || // U+202A to U+202E
         (character >= "\xe2\x81\xa6" && character <= "\xe2\x81\xa9") || // U+2066 to U+2069
         (character >= "\xef\xbf\xbe" && character <= "\xef\xbf\xbf");   // U+FFFE, U+FFFF
}

std::string svg_tag(const drawing& drawing)
{
  return fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.6g} {1:.6g}\" "
                     "width=\"{0:.6g}\" height=\"{1:.6g}\" role=\"img\" "
                     "aria-labelledby=\"{2}-title {2}-desc\">\n"
                     "<title id=\"{2}-title\">{3}</title>\n<desc id=\"{2}-desc\">{4}</desc>\n",
    drawing.width, drawing.height, drawing.name, escaped(drawing.title),
    escaped(drawing.description));
}

} // namespace

std::string escaped(std::string_view text)
{
  constexpr std::string_view markup = "&<>\"'";
  constexpr std::array entities{"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
  std::string safe;
  for (std::size_t length = 1; !text.empty(); text.remove_prefix(length))
  {
    length = std::max<std::size_t>(utf8_length(text), 1);
    const auto character = text.substr(0, length);
    const auto first = static_cast<unsigned char>(character[0]);
    if (const auto at = markup.find(character); at != markup.npos)
      safe += entities[at];
    else if (first < 0x20 || first == 0x7f)
      safe += {'\xe2', '\x90', static_cast<char>(first == 0x7f ? 0xa1 : 0x80 + first)};
    else
      safe += utf8_length(text) == 0 || is_unwanted(character) ? "\ufffd" : character;
  }
  return safe;
}

std::string box(double x, double y, double width, double height)
{
  return fmt::format("M{:.6g} {:.6g}h{:.6g}v{:.6g}h-{:.6g}z", x, y, width, height, width);
}

std::string colour_of(std::size_t task)
{
  return fmt::format("t{}", task % task_looks + 1);
}

std::string pattern_of(std::size_t task)
{
  return fmt::format("p{}", task % task_looks + 1);
}

void drawing::rect(double x, double y, double wide, double high, std::string_view css)
{
  body += fmt::format(
    "<rect x=\"{:.6g}\" y=\"{:.6g}\" width=\"{:.6g}\" height=\"{:.6g}\" class=\"{}\"/>\n", x, y,
    wide, high, css);
}

void drawing::line(double x1, double y1, double x2, double y2, std::string_view css)
{
  path(fmt::format("M{:.6g} {:.6g}L{:.6g} {:.6g}", x1, y1, x2, y2), css);
}

void drawing::path(std::string_view data, std::string_view css)
{
  body += fmt::format("<path d=\"{}\" class=\"{}\"/>\n", data, css);
}

void drawing::text(
  double x, double y, std::string_view text, std::string_view css, std::string_view anchor)
{
  body += fmt::format("<text x=\"{:.6g}\" y=\"{:.6g}\" class=\"{}\" text-anchor=\"{}\">{}</text>\n",
    x, y, css, anchor, escaped(text));
}

void drawing::heading(std::string_view scale)
{
  text(24, 38, title, "title ink");
  text(24, 66, scale, "faint");
}

std::string to_file(const std::vector<drawing>& drawings)
{
  drawing whole{.name = "figures"};
  for (const auto& part : drawings)
  {
    whole.title += (whole.title.empty() ? "" : "; ") + part.title;
    whole.description += (whole.description.empty() ? "" : " ") + part.description;
    whole.width = std::max(whole.width, part.width);
    whole.body +=
      fmt::format("<g transform=\"translate(0 {:.6g})\">\n{}</g>\n", whole.height, part.body);
    whole.height += part.height;
  }
  return fmt::format("{}<style>\n{}</style>\n{}<rect width=\"100%\" height=\"100%\" "
                     "class=\"paper\"/>\n{}</svg>",
    svg_tag(whole), figure_css, pattern_definitions(), whole.body);
}

std::string to_element(const drawing& drawing)
{
  return svg_tag(drawing) + drawing.body + "</svg>\n";
}

std::string pattern_definitions()
{
  // With a hatching each, tasks can also be told apart in black and white.
  constexpr std::array<const char*, task_looks> marks{"M0 0", // none
    "M-2 2l4-4M0 10L10 0M8 12l4-4",                           // rising lines
    "M3 3h2v2h-2zM8 8h2v2h-2z",                               // dots
    "M-2 8l4 4M0 0l10 10M8-2l4 4",                            // falling lines
    "M0 5h10",                                                // level lines
    "M0 10L10 0M0 0l10 10",                                   // crosses
    "M5 0v10",                                                // upright lines
    "M0 5h10M5 0v10"};                                        // a grid
  std::string definitions = "<defs>\n";
  for (std::size_t i = 0; i < task_looks; ++i)
    definitions += fmt::format("<pattern id=\"p{}\" width=\"10\" height=\"10\" "
                               "patternUnits=\"userSpaceOnUse\"><rect width=\"10\" height=\"10\" "
                               "class=\"{}\"/><path d=\"{}\" class=\"hatch\"/></pattern>\n",
      i + 1, colour_of(i), marks[i]);
  return definitions + "</defs>\n";
}

} // namespace poetry::figure
