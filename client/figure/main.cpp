#include "client/figure/drawing/figures.hpp"
#include "client/figure/page/page.hpp"
#include "client/figure/recording/trace_reader.hpp"
#include "common/command_line.hpp"
#include "common/output.hpp"
#include "common/program.hpp"

#include <fmt/format.h>
#include <ostream>

namespace {

using namespace poetry;
using namespace poetry::figure;

void check(const request& request, const std::string& scale, const std::string& output)
{
  if (output.ends_with(".html") && (request.figure != "all" || !scale.empty() || request.moving))
    throw usage_error("--figure, --scale and --animate go with an .svg; a page has all figures");
  if (!output.empty() && !output.ends_with(".html") && !output.ends_with(".svg"))
    throw usage_error(fmt::format("--output {}: it must end in .svg or .html", output));
  if (!scale.empty() && request.figure != "3")
    throw usage_error("--scale goes with --figure 3");
  if (request.moving && request.figure != "lanes")
    throw usage_error("--animate goes with --figure lanes");
}

int draw(int argc, const char* const* argv)
{
  command_line line("poetry-figure", "Draws recorded runs: figures, or a page with a replay.",
    "RUN.json...",
    "Examples:\n"
    "  get-poetry-async --trace async.json 10000 10001 10002\n"
    "  get-poetry-blocking --trace blocking.json 10000 10001 10002\n"
    "  poetry-figure blocking.json async.json -o page.html\n"
    "  poetry-figure blocking.json async.json --figure lanes --animate -o lanes.svg\n"
    "  poetry-figure async.json --figure 3 --scale time > figure3.svg");
  request request;
  std::string scale;
  std::string output;
  line.add(
    {"figure", "1, 2, 3, 4, beside (3 beside 4), lanes, or all that the runs can show", "WHICH"},
    request.figure, figure_names());
  line.add(
    {"scale", "of figure 3: order (of events) or time; all others are in true time", "SCALE"},
    scale, {"order", "time"});
  line.add({"animate", "with --figure lanes: they fill in the time of the run, again and again"},
    request.moving);
  line.add(
    {"o,output", "an .svg with the figures, or an .html with everything; default: SVG on stdout",
      "FILE"},
    output);
  if (!line.parse(argc, argv))
    return exit_success;
  check(request, scale, output);
  if (line.operands().empty())
    throw usage_error("no recorded run given");
  if (request.figure == "3")
    request.scale = scale == "time" ? figure::scale::time : figure::scale::order;

  if (!output.empty())
    check_writable(output);
  const auto runs = read_recordings({line.operands().begin(), line.operands().end()});
  const auto picture = output.ends_with(".html")
                         ? make_page({.title = "What waiting costs", .recordings = runs})
                         : to_file(draw_figures(request, runs));
  if (output.empty())
    say(picture);
  else
    write_file(output, [&](std::ostream& out) { out << picture << '\n'; });
  return exit_success;
}

} // namespace

int main(int argc, char** argv)
{
  return run_program("poetry-figure", [&] { return draw(argc, argv); });
}
