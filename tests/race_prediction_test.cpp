#include "client/race/plan/prediction.hpp"

#include "client/models.hpp"
#include "client/race/plan/experiment.hpp"

#include <cmath>
#include <doctest/doctest.h>

using namespace poetry;
using namespace poetry::race;
using namespace std::chrono_literals;

namespace {

std::optional<duration> predicted(const knobs& knobs, std::string_view model, unsigned cores = 2)
{
  const double time = predict(make_setting(knobs, "", {}), find_model(model).overlap, cores);
  if (std::isnan(time))
    return std::nullopt;
  return std::chrono::round<std::chrono::milliseconds>(std::chrono::duration<double>(time));
}

} // namespace

TEST_CASE("the essay's poems: the sum for blocking, the longest for models that overlap")
{
  const knobs essay{.delay = 100ms, .essay = true};
  CHECK(predicted(essay, "blocking") == 23s);
  for (const char* model :
    {"async", "coroutines", "threads", "processes", "mixed", "eager", "broken"})
  {
    CAPTURE(model);
    CHECK(predicted(essay, model) == 10100ms);
  }
}

TEST_CASE("every model that there is has a prediction for the essay")
{
  for (const model& model : models())
  {
    CAPTURE(model.name);
    CHECK(predicted({.essay = true}, model.name).has_value());
  }
}

TEST_CASE("work of one thread adds up, and is divided between cores only by models that can")
{
  const knobs work{.tasks = 4, .bytes = 1000, .num_bytes = 1000, .delay = 1ms, .work = 2ms};
  CHECK(predicted(work, "blocking") == 800ms);
  CHECK(predicted(work, "async") == 800ms);
  CHECK(predicted(work, "threads", 2) == 400ms);
  CHECK(predicted(work, "mixed", 4) == 200ms);
  CHECK(predicted(work, "processes", 64) == 200ms);
  CHECK(predicted(work, "threads", 1) == 800ms);
}

TEST_CASE("work fills waiting, until there is more work than waiting")
{
  knobs knobs{.tasks = 4, .bytes = 200, .delay = 20ms, .work = 5ms};
  CHECK(predicted(knobs, "blocking") == 1600ms);
  CHECK(predicted(knobs, "async") == 400ms);
  knobs.work = 10ms;
  CHECK(predicted(knobs, "async") == 800ms);
  knobs.work = 20ms;
  CHECK(predicted(knobs, "async") == 1600ms);
}

TEST_CASE("a client confined to a core does not divide work between cores it may not use")
{
  const knobs work{
    .tasks = 4, .bytes = 1000, .num_bytes = 1000, .delay = 1ms, .work = 2ms, .cores = 1};
  CHECK(predicted(work, "threads", 2) == 800ms);
}

TEST_CASE("a chain takes the sum of its tasks in every model, the others overlap with it")
{
  const knobs chain{.tasks = 8, .bytes = 100, .delay = 20ms, .chain = 4};
  CHECK(predicted(chain, "async") == 800ms);
  CHECK(predicted(chain, "threads") == 800ms);
  CHECK(predicted(chain, "blocking") == 1600ms);
}

TEST_CASE("a server that serves one at a time makes every model take the sum")
{
  const knobs knobs{.tasks = 4, .bytes = 50, .delay = 30ms, .one_at_a_time = true};
  for (const model& model : models())
  {
    CAPTURE(model.name);
    CHECK(predicted(knobs, model.name) == 600ms);
  }
}

TEST_CASE("a straggler sets the time of models that overlap")
{
  const knobs knobs{.tasks = 8, .bytes = 50, .delay = 20ms, .slower = 10};
  CHECK(predicted(knobs, "async") == 1s);
  CHECK(predicted(knobs, "blocking") == 1700ms);
}

TEST_CASE("poems larger than the kernel's buffers take their sum when nobody reads them")
{
  const knobs big{.tasks = 3, .bytes = 32 << 20, .num_bytes = 1 << 20, .delay = 31ms};
  CHECK(predicted(big, "eager") == 2976ms);
  CHECK(predicted(big, "broken") == 2976ms);
  CHECK(predicted(big, "async") == 992ms);
}

TEST_CASE("nothing is predicted where nothing can be said")
{
  CHECK(std::isnan(predict(make_setting({}, "", {}), std::nullopt, 2)));
  CHECK_FALSE(predicted({.delay = 0s}, "blocking").has_value());
  CHECK_FALSE(predicted({.bytes = 1 << 20}, "eager").has_value());
}

TEST_CASE("where nothing is predicted the time one after another is the most there is to wait")
{
  const experiment experiment = make_experiment(find_scenario("many"),
    {.knobs = {{"tasks", "3"}, {"bytes", "1M"}, {"num-bytes", "10k"}, {"delay", "1s"}},
      .models = {"eager"},
      .runs = 2},
    {}, 2);
  CHECK(experiment.time_s() == 2 * 3 * 103);
}
