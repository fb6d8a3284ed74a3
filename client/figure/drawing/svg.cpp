#include "client/figure/drawing/svg.hpp"

#include "client/figure/drawing/style.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fmt/format.h>

namespace poetry::figure {
namespace {

/// Reads one character off the front of `text`; broken UTF-8 yields U+FFFD and loses one byte.
char32_t next_character(std::string_view& text)
{
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const unsigned first = byte(0);
  const std::size_t length = first < 0x80    ? 1
                             : first < 0xc2  ? 0
                             : first < 0xe0  ? 2
                             : first < 0xf0  ? 3
                             : first <= 0xf4 ? 4
                                             : 0;
  char32_t character = length < 2 ? first : first & (0x7f >> length);
  bool valid = length > 0;
  for (std::size_t i = 1; i < length; ++i)
  {
    valid = valid && (byte(i) & 0xc0) == 0x80;
    character = character << 6 | (byte(i) & 0x3f);
  }
  constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  valid = valid && character >= least[length] && character <= 0x10ffff &&
          !(character >= 0xd800 && character < 0xe000);
  text.remove_prefix(valid ? length : 1);
  return valid ? character : 0xfffd;
}

bool changes_direction(char32_t character)
{
  return (character >= 0x202a && character <= 0x202e) ||
         (character >= 0x2066 && character <= 0x2069);
}

void append_utf8(std::string& text, char32_t character)
{
  const auto tail = [&](int shift) {
    text.push_back(static_cast<char>(0x80 | (character >> shift & 0x3f)));
  };
  if (character < 0x80)
    text.push_back(static_cast<char>(character));
  else if (character < 0x800)
  {
    text.push_back(static_cast<char>(0xc0 | character >> 6));
    tail(0);
  }
  else if (character < 0x10000)
  {
    text.push_back(static_cast<char>(0xe0 | character >> 12));
    tail(6);
    tail(0);
  }
  else
  {
    text.push_back(static_cast<char>(0xf0 | character >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

std::string svg_tag(const drawing& drawing, std::string_view extra)
{
  return fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" role=\"img\" "
                     "aria-labelledby=\"{}-title {}-desc\"{}>\n"
                     "<title id=\"{}-title\">{}</title>\n<desc id=\"{}-desc\">{}</desc>\n",
    coordinate(drawing.width), coordinate(drawing.height), drawing.name, drawing.name, extra,
    drawing.name, escaped(drawing.title), drawing.name, escaped(drawing.description));
}

} // namespace

std::string escaped(std::string_view text)
{
  std::string safe;
  while (!text.empty())
  {
    const auto character = next_character(text);
    if (character == '&')
      safe += "&amp;";
    else if (character == '<')
      safe += "&lt;";
    else if (character == '>')
      safe += "&gt;";
    else if (character == '"')
      safe += "&quot;";
    else if (character == '\'')
      safe += "&#39;";
    else if (character < 0x20)
      append_utf8(safe, 0x2400 + character);
    else if (character == 0x7f)
      append_utf8(safe, 0x2421);
    else if ((character > 0x7f && character < 0xa0) || changes_direction(character) ||
             (character & 0xfffe) == 0xfffe)
      append_utf8(safe, 0xfffd);
    else
      append_utf8(safe, character);
  }
  return safe;
}

std::string coordinate(double value, int digits)
{
  auto text = fmt::format("{:.{}f}", value, digits);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.')
    text.pop_back();
  return text == "-0" ? "0" : text;
}

std::string box(double x, double y, double width, double height)
{
  const auto across = coordinate(width, 5);
  return fmt::format(
    "M{} {}h{}v{}h-{}z", coordinate(x), coordinate(y), across, coordinate(height, 5), across);
}

std::string colour_of(std::size_t task)
{
  return fmt::format("t{}", task % task_looks + 1);
}

std::string pattern_of(std::size_t task)
{
  return fmt::format("p{}", task % task_looks + 1);
}

std::string stroke_of(std::size_t task)
{
  return fmt::format("s{}", task % task_looks + 1);
}

void svg_writer::rect(double x, double y, double width, double height, std::string_view css,
  std::string_view attributes)
{
  body_ += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" class=\"{}\"{}{}/>\n",
    coordinate(x), coordinate(y), coordinate(width), coordinate(height), css,
    attributes.empty() ? "" : " ", attributes);
}

void svg_writer::line(double x1, double y1, double x2, double y2, std::string_view css)
{
  body_ += fmt::format("<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" class=\"{}\"/>\n",
    coordinate(x1), coordinate(y1), coordinate(x2), coordinate(y2), css);
}

void svg_writer::path(std::string_view data, std::string_view css, std::string_view attributes)
{
  body_ += fmt::format(
    "<path d=\"{}\" class=\"{}\"{}{}/>\n", data, css, attributes.empty() ? "" : " ", attributes);
}

void svg_writer::circle(
  double x, double y, double radius, std::string_view css, std::string_view attributes)
{
  body_ += fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"{}\" class=\"{}\"{}{}/>\n", coordinate(x),
    coordinate(y), coordinate(radius), css, attributes.empty() ? "" : " ", attributes);
}

void svg_writer::text(
  double x, double y, std::string_view text, std::string_view css, std::string_view anchor)
{
  body_ += fmt::format("<text x=\"{}\" y=\"{}\" class=\"{}\" text-anchor=\"{}\">{}</text>\n",
    coordinate(x), coordinate(y), css, anchor, escaped(text));
}

void svg_writer::style(std::string_view css)
{
  body_ += fmt::format("<style>\n{}</style>\n", css);
}

void svg_writer::open_group(std::string_view attributes)
{
  body_ += fmt::format("<g {}>\n", attributes);
}

void svg_writer::close_group()
{
  body_ += "</g>\n";
}

drawing stacked(const std::vector<drawing>& drawings)
{
  drawing whole{"figures", "", "", 0, 0, ""};
  for (const auto& part : drawings)
  {
    whole.title += (whole.title.empty() ? "" : "; ") + part.title;
    whole.description += (whole.description.empty() ? "" : " ") + part.description;
    whole.width = std::max(whole.width, part.width);
    whole.body += fmt::format(
      "<g transform=\"translate(0 {})\">\n{}</g>\n", coordinate(whole.height), part.body);
    whole.height += part.height;
  }
  return whole;
}

std::string to_file(const drawing& drawing)
{
  const auto size = fmt::format(
    " width=\"{}\" height=\"{}\"", coordinate(drawing.width), coordinate(drawing.height));
  return fmt::format("{}<style>\n{}</style>\n{}<rect width=\"100%\" height=\"100%\" "
                     "class=\"paper\"/>\n{}</svg>",
    svg_tag(drawing, size), figure_css, pattern_definitions(), drawing.body);
}

std::string to_element(const drawing& drawing)
{
  const auto size = fmt::format(" style=\"max-width:{}px\"", coordinate(drawing.width));
  return svg_tag(drawing, size) + drawing.body + "</svg>\n";
}

std::string pattern_definitions()
{
  // Eight grounds, eight ways to be hatched: the difference survives a photocopier.
  constexpr std::array<const char*, task_looks> marks{"",
    "M-2 2l4-4M0 10L10 0M8 12l4-4", // rising lines
    "M3 3h2v2h-2zM8 8h2v2h-2z",     // dots
    "M-2 8l4 4M0 0l10 10M8-2l4 4",  // falling lines
    "M0 5h10",                      // level lines
    "M0 10L10 0M0 0l10 10",         // crosses
    "M5 0v10",                      // upright lines
    "M0 5h10M5 0v10"};              // a grid
  std::string definitions = "<defs>\n";
  for (std::size_t i = 0; i < task_looks; ++i)
    definitions += fmt::format("<pattern id=\"p{}\" width=\"10\" height=\"10\" "
                               "patternUnits=\"userSpaceOnUse\"><rect width=\"10\" height=\"10\" "
                               "class=\"{}\"/><path d=\"{}\" class=\"hatch\"/></pattern>\n",
      i + 1, colour_of(i), *marks[i] ? marks[i] : "M0 0");
  return definitions + "</defs>\n";
}

} // namespace poetry::figure
