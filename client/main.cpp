#include "client/incoming_poem.hpp"
#include "client/models.hpp"
#include "client/options.hpp"
#include "client/report.hpp"
#include "client/run.hpp"
#include "common/program.hpp"

#include <algorithm>
#include <vector>

namespace poetry {
namespace {

int get_poetry(const model& model, int argc, char** argv)
{
  const auto options = parse_client_options(model, argc, argv);
  if (!options)
    return exit_success;

  interruption interruption;
  run run(*options, interruption);
  std::vector<incoming_poem> poems;
  poems.reserve(run.downloads().size());
  for (download& download : run.downloads())
    poems.emplace_back(run, download);

  run.begin();
  model.fetch(run, poems);
  report(model, run, poems);

  if (interruption.signal() != 0)
    return 128 + interruption.signal();
  const auto well = [](const download& download) {
    return download.status == download_status::complete;
  };
  return std::ranges::all_of(run.downloads(), well) ? exit_success : exit_failed;
}

} // namespace
} // namespace poetry

int main(int argc, char** argv)
{
  using namespace poetry;
  return run_program(
      "get-poetry-" POETRY_MODEL, [&] { return get_poetry(find_model(POETRY_MODEL), argc, argv); });
}
