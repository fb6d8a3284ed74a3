#include "client/models.hpp"

#include "client/poem/incoming_poem.hpp"
#include "client/run/download.hpp"
#include "client/run/run.hpp"
#include "tests/poem_stage.hpp"

#include <asio/error.hpp>
#include <doctest/doctest.h>

namespace poetry::testing {
namespace {

using namespace std::chrono_literals;

/// What the tests ask a download's record for.
struct outcome
{
  std::uint32_t task;
  download_status status;
  std::uint64_t bytes;
  std::error_code error;
};

std::vector<outcome> fetch(const model& model, client_options options)
{
  interruption interruption;
  options.quiet = true;
  options.json = true;
  run run(std::move(options), interruption);
  std::vector<incoming_poem> poems;
  for (download& download : run.downloads())
    poems.emplace_back(run, download);
  run.begin();
  model.fetch(run, poems);
  std::vector<outcome> outcomes;
  for (const download& download : run.downloads())
    outcomes.push_back({download.task, download.status, download.bytes, download.error});
  return outcomes;
}

bool is_concurrent(const model& model)
{
  return model.overlap != overlap::nothing;
}

TEST_CASE("blocking is connected to one server at a time; every other model to all of them at once")
{
  for (const model& model : models())
  {
    CAPTURE(model.name);
    // Absence is proved with a short patience, which cannot fail falsely; presence with a long one.
    const auto patience = is_concurrent(model) ? 60s : std::chrono::milliseconds(100);
    poem_stage stage({{{"a"}}, {{"b"}}, {{"c"}}}, 3, patience);
    const auto downloads = fetch(model, {.servers = stage.addresses()});
    CHECK(stage.peak() == (is_concurrent(model) ? 3 : 1));
    for (const auto& download : downloads)
      CHECK(download.status == download_status::complete);
  }
}

TEST_CASE("every model gets every byte of a poem larger than a buffer")
{
  const std::string poem(1'000'000, 'x');
  for (const model& model : models())
  {
    CAPTURE(model.name);
    poem_stage stage({{{poem, "end"}}, {{poem}}}, 1);
    const auto downloads = fetch(model, {.servers = stage.addresses()});
    CHECK(downloads[0].bytes == 1'000'003);
    CHECK(downloads[1].bytes == 1'000'000);
    CHECK(downloads[1].status == download_status::complete);
  }
}

TEST_CASE("one bad server fails its own download and no other")
{
  const refusing_port refusing;
  for (const model& model : models())
  {
    CAPTURE(model.name);
    poem_stage stage({{{"whole"}}, {{"cut"}, performance::reset}, {{"whole"}}}, 1);
    auto servers = stage.addresses();
    servers.push_back({"127.0.0.1", refusing.endpoint().port()});
    servers.push_back({"no-such-host.invalid", 1});
    const auto downloads = fetch(model, {.servers = servers});
    CHECK(downloads[0].status == download_status::complete);
    CHECK(downloads[1].status == download_status::failed);
    CHECK(downloads[1].error == asio::error::connection_reset);
    CHECK(downloads[2].status == download_status::complete);
    CHECK(downloads[3].error == asio::error::connection_refused);
    CHECK(downloads[4].status == download_status::failed);
  }
}

TEST_CASE("a server that stops sending times out, and what it sent is kept")
{
  for (const model& model : models())
  {
    CAPTURE(model.name);
    const auto fetched = [&](duration idle_timeout) {
      poem_stage stage({{{"hush"}, performance::silence}, {{"whole"}}}, 1);
      const auto downloads =
        fetch(model, {.servers = stage.addresses(), .idle_timeout = idle_timeout});
      CHECK(downloads[0].error == download_error::idle_timeout);
      return downloads[0].bytes == 4 && downloads[1].status == download_status::complete;
    };
    // A machine may be too slow for the first of these times, and for the second.
    const bool in_time = fetched(50ms) || fetched(1s) || fetched(20s);
    CHECK(in_time);
  }
}

TEST_CASE("when --max-time is over, unfinished downloads are cancelled")
{
  for (const model& model : models())
  {
    CAPTURE(model.name);
    poem_stage stage({{{"never"}, performance::silence}, {{"ending"}, performance::silence}}, 1);
    const auto downloads = fetch(model, {.servers = stage.addresses(), .max_time = 50ms});
    for (const auto& download : downloads)
    {
      CHECK(download.status == download_status::cancelled);
      CHECK(download.error == download_error::out_of_time);
    }
  }
}

TEST_CASE("--repeat downloads the whole list of servers again")
{
  for (const model& model : models())
  {
    CAPTURE(model.name);
    poem_stage stage({{{"odd"}}, {{"even"}}}, 1);
    const auto downloads = fetch(model, {.servers = stage.addresses(), .repeat = 3});
    REQUIRE(downloads.size() == 6);
    for (const auto& download : downloads)
      CHECK(download.bytes == (download.task % 2 == 1 ? 3 : 4));
  }
}

} // namespace
} // namespace poetry::testing
