#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace poetry::figure {

/// How many colours and patterns there are for tasks; further tasks use them again.
constexpr std::size_t task_looks = 8;

/// Text from outside, safe in elements and attributes of XML and HTML: markup is escaped, control
/// characters become their pictures (from U+2400), broken UTF-8 becomes U+FFFD.
std::string escaped(std::string_view text);

/// A box as a part of a path's data.
std::string box(double x, double y, double width, double height);

/// The CSS class of a task: its colour, its colour and pattern.
std::string colour_of(std::size_t task);
std::string pattern_of(std::size_t task);

/// A picture, drawn shape by shape. `css` are classes of figure.css; what a shape stands for is one
/// of them, the first: `task`, `slice`, `ground`, `tick` or `run`.
struct drawing
{
  std::string name; // an identifier: "figure-1"
  std::string title;
  std::string description; // what it shows, for those who cannot see it
  std::string caption;     // what to see in it, to stand below it
  double width = 0;
  double height = 0;
  std::string body; // what stands between `<svg>` and `</svg>`

  void rect(double x, double y, double wide, double high, std::string_view css);
  void line(double x1, double y1, double x2, double y2, std::string_view css);
  void path(std::string_view data, std::string_view css);
  /// `anchor` is `start`, `middle` or `end`.
  void text(double x, double y, std::string_view text, std::string_view css,
    std::string_view anchor = "start");
  /// The title, and below it how positions are to be read.
  void heading(std::string_view scale);
};

/// A complete SVG file with the drawings below each other, for light and dark, with their titles
/// and descriptions as text alternative.
std::string to_file(const std::vector<drawing>& drawings);

/// A drawing as an element of a page, which has `figure_css` and `pattern_definitions` once.
std::string to_element(const drawing& drawing);

/// The definitions of the tasks' patterns, to go inside an `<svg>`.
std::string pattern_definitions();

} // namespace poetry::figure
