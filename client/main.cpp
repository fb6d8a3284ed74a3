#include "client/models.hpp"
#include "client/options.hpp"
#include "client/poem/incoming_poem.hpp"
#include "client/report/live_view.hpp"
#include "client/report/report.hpp"
#include "client/run/run.hpp"
#include "common/output.hpp"
#include "common/program.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <ostream>
#include <span>
#include <vector>

namespace poetry {
namespace {

/// When a model throws, for example because its loop gets no descriptor, the downloads that have
/// not ended fail.
void fetch(const model& model, run& run, std::span<incoming_poem> poems)
{
  try
  {
    model.fetch(run, poems);
  }
  catch (...)
  {
    for (incoming_poem& poem : poems)
      poem.abandon();
  }
}

int get_poetry(const model& model, int argc, char** argv)
{
  const auto options = parse_client_options(model, argc, argv);
  if (!options)
    return exit_success;

  raise_descriptor_limit();
  interruption interruption;
  run run(*options, interruption);
  std::vector<incoming_poem> poems;
  poems.reserve(run.downloads().size());
  for (download& download : run.downloads())
    poems.emplace_back(run, download);

  if (!options->trace.empty())
    check_writable(options->trace);

  run.begin();
  std::optional<live_view> view;
  if (options->live)
    view.emplace(run);
  // Dependent downloads are the same to every model: each is a list of its own.
  const std::size_t at_once = options->chain ? 1 : poems.size();
  for (std::size_t first = 0; first < poems.size(); first += at_once)
    fetch(model, run, std::span(poems).subspan(first, at_once));
  run.end();
  view.reset();
  report(run, poems);
  if (!options->trace.empty())
    write_file(options->trace, [&](std::ostream& out) {
      write_trace(out, run, poems, shell_text({argv + 1, argv + argc}));
    });

  if (interruption.signal() != 0)
    return 128 + interruption.signal();
  const auto is_bad = [](download_status status) { return status != download_status::complete; };
  return std::ranges::any_of(run.downloads(), is_bad, &download::status) ? exit_failed
                                                                         : exit_success;
}

} // namespace
} // namespace poetry

/// Which model this program runs; each program defines its own.
extern const char* const model_name;

int main(int argc, char** argv)
{
  using namespace poetry;
  const model& model = find_model(model_name);
  return run_program(
    fmt::format("get-poetry-{}", model.name), [&] { return get_poetry(model, argc, argv); });
}
