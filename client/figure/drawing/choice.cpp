#include "client/figure/drawing/choice.hpp"

#include "client/figure/drawing/lanes.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <stdexcept>

namespace poetry::figure {
namespace {

[[noreturn]] void none_suits(
  const std::string& figure, const std::string& needs, const std::vector<recording>& runs)
{
  std::vector<std::string> models(runs.size());
  std::ranges::transform(runs, models.begin(), &recording::model);
  throw std::runtime_error(
    fmt::format("figure {} needs a run of {}; given: {}", figure, needs, fmt::join(models, ", ")));
}

const recording* best_for(const numbered_figure& figure, const std::vector<recording>& runs)
{
  const recording* best = nullptr;
  auto rank = figure.models.end();
  for (const auto& run : runs)
    if (const auto at = std::ranges::find(figure.models, run.model);
        !run.seen_by_servers && figure.suits(run) && (!best || at < rank))
    {
      best = &run;
      rank = at;
    }
  return best;
}

} // namespace

const recording* best_for(const std::string& name, const std::vector<recording>& runs)
{
  const auto at = std::ranges::find(numbered_figures(), name, &numbered_figure::name);
  return best_for(*at, runs);
}

std::optional<comparison> comparison_of(const std::vector<recording>& runs)
{
  const auto* asynchronous = best_for("3", runs);
  const auto* blocking = best_for("4", runs);
  if (!asynchronous || !is_interleaved(*asynchronous) || !blocking)
    return std::nullopt;
  return comparison{asynchronous, blocking};
}

std::vector<std::string> figure_names()
{
  std::vector<std::string> names;
  for (const auto& figure : numbered_figures())
    if (names.empty() || names.back() != figure.name)
      names.emplace_back(figure.name);
  names.insert(names.end(), {"beside", "lanes", "all"});
  return names;
}

std::vector<drawing> draw_figures(const request& request, const std::vector<recording>& runs)
{
  const auto& which = request.figure;
  std::vector<drawing> drawings;
  const bool all = which == "all";
  if (all || which == "lanes")
  {
    std::vector<const recording*> shown;
    for (const auto& run : runs)
      if (!run.tasks.empty())
        shown.push_back(&run);
    if (!shown.empty())
      drawings.push_back(draw_lanes(shown, request.moving));
    else if (!all)
      none_suits(which, "at least one task", runs);
  }
  for (const auto& figure : numbered_figures())
  {
    if (request.scale && figure.name == std::string("3") && figure.scale != *request.scale)
      continue;
    const auto* best = all ? best_for(figure, runs) : nullptr;
    for (const auto& run : runs)
      if (&run == best || (which == figure.name && !run.seen_by_servers && figure.suits(run)))
        drawings.push_back(figure.draw(run));
    if (which == figure.name && drawings.empty())
      none_suits(which, figure.needs, runs);
  }
  if (all || which == "beside")
  {
    if (const auto pair = comparison_of(runs))
      drawings.push_back(draw_beside(*pair->asynchronous, *pair->blocking));
    else if (!all)
      none_suits(which, "a blocking and one of an asynchronous client", runs);
  }
  return drawings;
}

} // namespace poetry::figure
