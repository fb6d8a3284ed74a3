#include "client/figure/drawing/figures.hpp"
#include "client/figure/page/page.hpp"
#include "client/figure/recording/trace_reader.hpp"
#include "common/command_line.hpp"
#include "common/output.hpp"
#include "common/program.hpp"

#include <fmt/format.h>
#include <optional>
#include <ostream>
#include <stdexcept>

namespace {

using namespace poetry;
using namespace poetry::figure;

struct options
{
  std::vector<std::filesystem::path> recordings;
  request drawn;
  std::filesystem::path output; // empty: an SVG on stdout

  bool is_page() const { return output.extension() == ".html"; }
};

/// Nothing when only help or the version was asked for.
std::optional<options> read_options(int argc, const char* const* argv)
{
  command_line line("poetry-figure", "Draws recorded runs: figures, or a page with a replay.",
    "RUN.json...",
    "Examples:\n"
    "  get-poetry-async --trace async.json 10000 10001 10002\n"
    "  get-poetry-blocking --trace blocking.json 10000 10001 10002\n"
    "  poetry-figure blocking.json async.json -o page.html\n"
    "  poetry-figure blocking.json async.json --figure lanes --animate -o lanes.svg\n"
    "  poetry-figure async.json --figure 3 --scale time > figure3.svg");
  options options;
  auto& request = options.drawn;
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
    return std::nullopt;

  if (!scale.empty() || request.figure == "3")
    request.scale = scale == "time" ? figure::scale::time : figure::scale::order;
  options.output = output;
  if (!output.empty() && options.output.extension() != ".svg" && !options.is_page())
    throw usage_error(fmt::format("--output {}: it must end in .svg or .html", output));
  if (options.is_page() && (line.given("figure") || !scale.empty() || request.moving))
    throw usage_error("--figure, --scale and --animate go with an .svg; a page has all figures");
  if (!scale.empty() && request.figure != "3")
    throw usage_error("--scale goes with --figure 3");
  if (request.moving && request.figure != "lanes")
    throw usage_error("--animate goes with --figure lanes");
  for (const auto& file : line.operands())
    options.recordings.emplace_back(file);
  if (options.recordings.empty())
    throw usage_error("no recorded run given");
  return options;
}

int draw(int argc, const char* const* argv)
{
  const auto options = read_options(argc, argv);
  if (!options)
    return exit_success;
  const auto write = [&](const std::string& text) {
    write_file(options->output, [&](std::ostream& out) { out << text << '\n'; });
  };
  if (!options->output.empty())
    check_writable(options->output);
  page_content content;
  content.recordings = read_recordings(options->recordings);
  if (options->is_page())
  {
    content.title = "What waiting costs";
    for (const auto& run : content.recordings)
      if (!run.command.empty())
        content.commands.push_back(run.command);
    write(make_page(content));
    return exit_success;
  }
  const auto drawings = draw_figures(options->drawn, content.recordings);
  if (drawings.empty())
    throw std::runtime_error("these runs have no task: there is nothing to draw");
  const auto svg = to_file(drawings.size() == 1 ? drawings.front() : stacked(drawings));
  if (options->output.empty())
    say(svg);
  else
    write(svg);
  return exit_success;
}

} // namespace

int main(int argc, char** argv)
{
  return run_program("poetry-figure", [&] { return draw(argc, argv); });
}
