#include "client/figure/drawing/choice.hpp"
#include "client/figure/options.hpp"
#include "client/figure/page/page.hpp"
#include "client/figure/recording/trace_reader.hpp"
#include "common/output.hpp"
#include "common/program.hpp"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <stdexcept>

namespace {

using namespace poetry;
using namespace poetry::figure;

void write_file(const std::filesystem::path& path, const std::string& text)
{
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text << std::flush;
  if (!file)
    throw std::runtime_error(
      fmt::format("{}: cannot be written: {}", path.string(), std::strerror(errno)));
}

int draw(int argc, const char* const* argv)
{
  const auto options = read_options(argc, argv);
  if (!options)
    return exit_success;
  page_content content;
  for (const auto& file : options->recordings)
    content.recordings.push_back(read_recording(file));
  if (options->is_page())
  {
    content.title = "What waiting costs";
    for (const auto& run : content.recordings)
      if (!run.command.empty())
        content.commands.push_back(run.command);
    write_file(options->output, make_page(content) + "\n");
    return exit_success;
  }
  const auto drawings = draw_figures(options->figure, options->scale, content.recordings);
  if (drawings.empty())
    throw std::runtime_error("these runs hold no task: there is nothing to draw");
  const auto svg = to_file(drawings.size() == 1 ? drawings.front() : stacked(drawings));
  if (options->output.empty())
    say(svg);
  else
    write_file(options->output, svg + "\n");
  return exit_success;
}

} // namespace

int main(int argc, char** argv)
{
  return run_program("poetry-figure", [&] { return draw(argc, argv); });
}
