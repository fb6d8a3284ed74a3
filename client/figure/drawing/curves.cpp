#include "client/figure/drawing/curves.hpp"

#include "client/figure/drawing/words.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <map>
#include <set>

namespace poetry::figure {
namespace {

/// Maps values to an axis, linear from zero or logarithmic.
class value_axis
{
public:
  explicit value_axis(const std::set<double>& values)
    : least_(values.empty() ? 0 : *values.begin()),
      most_(values.empty() || *values.rbegin() <= 0 ? 1 : *values.rbegin()),
      logarithmic_(least_ > 0 && most_ > 20 * least_)
  {
  }
  bool logarithmic() const { return logarithmic_; }
  /// The position of a value, from 0 to 1.
  double place(double value) const
  {
    return logarithmic_ ? std::log(value / least_) / std::log(most_ / least_) : value / most_;
  }
  std::vector<double> labels() const
  {
    if (!logarithmic_)
      return round_values(most_);
    std::vector<double> values;
    for (double power = std::pow(10, std::floor(std::log10(least_))); power <= most_; power *= 10)
      for (const double value : {power, 2 * power, 5 * power})
        if (value >= least_ * 0.999 && value <= most_ * 1.001)
          values.push_back(value);
    return values;
  }

private:
  double least_;
  double most_;
  bool logarithmic_;
};

double median(std::vector<double> values)
{
  std::ranges::sort(values);
  return (values[values.size() / 2] + values[(values.size() - 1) / 2]) / 2;
}

} // namespace

drawing draw_curves(const sweep& sweep, std::size_t number)
{
  constexpr double left = 96;
  constexpr double top = 96;
  constexpr double plot_width = 860;
  constexpr double plot_height = 380;
  constexpr double width = left + plot_width + 200;
  std::set<double> places, heights;
  std::vector<std::string> models;
  for (const auto& point : sweep.points)
  {
    places.insert(point.x);
    // Some room below, so that the lowest curve does not lie on the axis.
    for (const auto run : point.runs)
      heights.insert({run, 0.8 * run});
    if (point.predicted)
      heights.insert(*point.predicted);
    if (std::ranges::find(models, point.model) == models.end())
      models.push_back(point.model);
  }
  const value_axis across(places);
  const value_axis up(heights);
  const auto x_of = [&](
                      double value) { return left + 12 + across.place(value) * (plot_width - 24); };
  const auto y_of = [&](double value) { return top + plot_height - up.place(value) * plot_height; };

  drawing drawing{.name = fmt::format("sweep-{}", number),
    .title = sweep.title,
    .description = fmt::format("Curves over {} of {}, one for each of {}.", sweep.x_label,
      sweep.y_label, count_text(models.size(), "model")),
    .caption =
      sweep.caption + " Every dot is a run. The predictions were made before the first run.",
    .width = width};
  drawing.heading(fmt::format("{}{}. Dots: every run. Wide line: median. Dashes: predicted.",
    sweep.y_label, up.logarithmic() ? ", logarithmic" : ""));
  for (const auto value : up.labels())
  {
    drawing.line(left, y_of(value), left + plot_width, y_of(value), "grid");
    drawing.text(left - 10, y_of(value) + 6, fmt::format("{:g}", value), "small faint", "end");
  }
  for (const auto value : places)
    drawing.text(
      x_of(value), top + plot_height + 24, fmt::format("{:.10g}", value), "small faint", "middle");
  drawing.line(left, top + plot_height, left + plot_width, top + plot_height, "axis");
  drawing.text(left + plot_width, top + plot_height + 50,
    sweep.x_label + (across.logarithmic() ? ", logarithmic" : ""), "faint", "end");

  std::vector<std::pair<double, std::size_t>> ends;
  for (std::size_t i = 0; i < models.size(); ++i)
  {
    std::map<double, const sweep_point*> points;
    for (const auto& point : sweep.points)
      if (point.model == models[i])
        points[point.x] = &point;
    std::string line, predicted;
    const auto extend = [&](std::string& path, double x, double y) {
      path += fmt::format("{}{:.2f} {:.2f}", path.empty() ? "M" : "L", x_of(x), y);
    };
    const auto colour = colour_of(i);
    double last = top + plot_height;
    for (const auto& [x, point] : points)
    {
      for (const auto run : point->runs)
        drawing.body +=
          fmt::format("<circle cx=\"{:.6g}\" cy=\"{:.6g}\" r=\"4.5\" class=\"run {}\"/>\n", x_of(x),
            y_of(run), colour);
      if (!point->runs.empty())
        extend(line, x, last = y_of(median(point->runs)));
      if (point->predicted)
        extend(predicted, x, y_of(*point->predicted));
    }
    drawing.path(line, "curve " + colour);
    if (!predicted.empty())
      drawing.path(predicted, "predicted " + colour);
    ends.emplace_back(last, i);
  }
  // Names of curves that end at the same height are moved apart.
  std::ranges::sort(ends);
  double free = top;
  for (const auto& [y, i] : ends)
  {
    free = std::max(free, y);
    drawing.rect(left + plot_width + 12, free - 8, 16, 16, colour_of(i));
    drawing.text(left + plot_width + 36, free + 6, models[i], "ink");
    free += 25;
  }
  drawing.height = std::max(top + plot_height + 66, free + 12);
  return drawing;
}

} // namespace poetry::figure
