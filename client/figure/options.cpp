#include "client/figure/options.hpp"

#include "common/command_line.hpp"
#include "common/program.hpp"

#include <fmt/format.h>

namespace poetry::figure {

std::optional<options> read_options(int argc, const char* const* argv)
{
  command_line line("poetry-figure", "Draws recorded runs: figures, or a page with a replay.",
    "RUN.json...",
    "Examples:\n"
    "  get-poetry-async --trace async.json 10000 10001 10002\n"
    "  get-poetry-blocking --trace blocking.json 10000 10001 10002\n"
    "  poetry-figure blocking.json async.json -o page.html\n"
    "  poetry-figure blocking.json async.json --figure lanes -o lanes.svg\n"
    "  poetry-figure async.json --figure 3 --scale time > figure3.svg");
  options options;
  std::string scale;
  std::string output;
  line.add(
    {"figure", "1, 2, 3, 4, beside (3 beside 4), lanes, or all that the runs can show", "WHICH"},
    options.figure, {"1", "2", "3", "4", "beside", "lanes", "all"});
  line.add({"scale", "order or time; left out, figure 3 is drawn in order and all others in time",
             "SCALE"},
    scale, {"order", "time"});
  line.add({"o,output",
             "an .svg with the figures or an .html with everything; left out, SVG on "
             "stdout",
             "FILE"},
    output);
  if (!line.parse(argc, argv))
    return std::nullopt;

  if (!scale.empty())
    options.scale = scale == "order" ? figure::scale::order : figure::scale::time;
  options.output = output;
  if (options.scale == figure::scale::order &&
      (options.figure == "4" || options.figure == "beside" || options.figure == "lanes"))
    throw usage_error(fmt::format(
      "--scale order: figure {} shows lengths of time, it has no other scale", options.figure));
  if (!output.empty() && options.output.extension() != ".svg" && !options.is_page())
    throw usage_error(fmt::format("--output {}: it must end in .svg or .html", output));
  if (options.is_page() && (line.given("figure") || line.given("scale")))
    throw usage_error("--figure and --scale go with an .svg; a page shows every figure");
  for (const auto& file : line.operands())
    options.recordings.emplace_back(file);
  if (options.recordings.empty())
    throw usage_error("no recorded run given");
  return options;
}

} // namespace poetry::figure
