#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace poetry::figure {

/// Tasks beyond this many share colours and patterns with earlier ones; their numbers tell them
/// apart.
constexpr std::size_t task_looks = 8;

/// Foreign text made harmless in XML and HTML, in elements and attributes alike: markup escaped,
/// control characters replaced by their pictures (U+2400 on), broken UTF-8 by U+FFFD.
std::string escaped(std::string_view text);

/// A number without trailing zeros.
std::string coordinate(double value, int digits = 3);

/// A box as a part of a path's data. Its size keeps enough digits for thousands of slices of a
/// microsecond to add up.
std::string box(double x, double y, double width, double height);

/// The class that gives a shape the colour, the colour and pattern, or a line the colour of a task.
std::string colour_of(std::size_t task);
std::string pattern_of(std::size_t task);
std::string stroke_of(std::size_t task);

/// A finished picture: what to put between `<svg>` and `</svg>`.
struct drawing
{
  std::string name; // short, an identifier: "figure-1"
  std::string title;
  std::string description; // what it shows, for those who cannot see it
  double width = 0;
  double height = 0;
  std::string body;
};

/// Collects shapes. Classes are those of figure.css; `attributes` go into the element as they are.
class svg_writer
{
public:
  void rect(double x, double y, double width, double height, std::string_view css,
    std::string_view attributes = "");
  void line(double x1, double y1, double x2, double y2, std::string_view css);
  void path(std::string_view data, std::string_view css, std::string_view attributes = "");
  void circle(
    double x, double y, double radius, std::string_view css, std::string_view attributes = "");
  /// `anchor` is `start`, `middle` or `end`.
  void text(double x, double y, std::string_view text, std::string_view css,
    std::string_view anchor = "start");
  void style(std::string_view css);
  void open_group(std::string_view attributes);
  void close_group();

  std::string take() { return std::exchange(body_, {}); }

private:
  std::string body_;
};

/// One drawing below the other.
drawing stacked(const std::vector<drawing>& drawings);

/// An SVG file: styled for light and dark, with its title and description as text alternatives.
std::string to_file(const drawing& drawing);

/// The same as an element for a page that holds `figure_css` and `pattern_definitions` once.
std::string to_element(const drawing& drawing);

/// The definitions of the tasks' patterns, to stand inside an `<svg>`.
std::string pattern_definitions();

} // namespace poetry::figure
