#include "client/figure/drawing/choice.hpp"

#include "client/figure/drawing/lanes.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <stdexcept>

namespace poetry::figure {
namespace {

struct figure_name
{
  const char* name;
  figure_kind kind;
  const char* needs;
  std::array<const char*, 3> models; // which suit it best, the best first
};

constexpr std::array<figure_name, 4> numbered{{
  {"1", figure_kind::synchronous, "one thread and no two tasks at once, such as blocking",
    {"blocking", "", ""}},
  {"2", figure_kind::threaded, "several threads", {"threads", "processes", "mixed"}},
  {"3", figure_kind::asynchronous, "one thread and interleaved tasks, such as async",
    {"async", "coroutines", ""}},
  {"4", figure_kind::waiting, "one thread and no two tasks at once, such as blocking",
    {"blocking", "", ""}},
}};

[[noreturn]] void none_suits(
  const std::string& figure, const std::string& needs, const std::vector<recording>& runs)
{
  std::vector<std::string> models(runs.size());
  std::ranges::transform(runs, models.begin(), &recording::model);
  throw std::runtime_error(
    fmt::format("figure {} needs a run of {}; given: {}", figure, needs, fmt::join(models, ", ")));
}

} // namespace

const recording* best_for(figure_kind kind, const std::vector<recording>& runs)
{
  const auto figure = std::ranges::find(numbered, kind, &figure_name::kind);
  if (figure == numbered.end())
    return nullptr;
  for (const std::string model : figure->models)
    for (const auto& run : runs)
      if (run.model == model && suits(kind, run))
        return &run;
  for (const auto& run : runs)
    if (suits(kind, run))
      return &run;
  return nullptr;
}

std::optional<comparison> comparison_of(const std::vector<recording>& runs)
{
  const auto* asynchronous = best_for(figure_kind::asynchronous, runs);
  const auto* blocking = best_for(figure_kind::waiting, runs);
  if (!asynchronous || !is_interleaved(*asynchronous) || !blocking)
    return std::nullopt;
  return comparison{asynchronous, blocking};
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
  for (const auto& figure : numbered)
  {
    const auto* best = all ? best_for(figure.kind, runs) : nullptr;
    for (const auto& run : runs)
      if (&run == best || (which == figure.name && suits(figure.kind, run)))
        drawings.push_back(draw_figure(figure.kind, run, request.scale));
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
