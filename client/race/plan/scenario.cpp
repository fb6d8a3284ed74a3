#include "client/race/plan/experiment.hpp"
#include "client/race/plan/find_named.hpp"

using namespace std::chrono_literals;

namespace poetry::race {
namespace {

constexpr auto win = subject::asynchronous_wins;
constexpr auto no_win = subject::asynchronous_does_not_win;
constexpr unsigned one_core = 1;
constexpr unsigned two_cores = 2;

// clang-format off
const scenario all_scenarios[] = {
    {.name = "essay",
     .shows = "The essay's three poems at once, the longest of them 10.1 s long at full delay. "
              "Blocking takes the sum of its downloads, every model that overlaps its waits only "
              "the longest.",
     .knobs = {.delay = 100ms, .tick = 10ms, .essay = true},
     .claims = {
         {"blocking takes the sum of its downloads", "blocking == blocking.predicted", win},
         {"async takes the longest of its downloads", "async == async.predicted", win},
         {"threads, processes, coroutines and mixed take as long as async",
          "threads == processes == coroutines == mixed == async", win},
         {"async takes less than half of what blocking takes", "async < 0.5 * blocking", win}},
     .tolerance = 0.01},

    {.name = "many",
     .shows = "More and more equal tasks. Blocking takes longer with each of them, the others as "
              "long as one.",
     .knobs = {.bytes = 100, .delay = 10ms},
     .sweep = "tasks", .values = {"1", "4", "16", "64"},
     .models = {"blocking", "threads", "processes", "async", "coroutines", "mixed"},
     .claims = {
         {"blocking takes about 64 times as long for 64 tasks",
          "blocking@64 > 56 * blocking@1", win},
         {"async takes as long for 64 tasks as for one", "async@64 < 1.5 * async@1", win},
         {"threads keep up with it", "threads@64 < 1.5 * async@64", win}},
     .tolerance = 0.10},

    {.name = "io",
     .shows = "Four tasks that each take 0.3 s and work for none, half and all of it. "
              "The gain shrinks with the share of waiting, and without waiting there is none.",
     .knobs = {.tasks = 4, .bytes = 150, .delay = 20ms},
     .sweep = "work", .values = {"0ms", "10ms", "20ms"},
     .models = {"blocking", "async"},
     .claims = {
         {"tasks that only wait take as long as one of them",
          "async@0ms < 0.3 * blocking@0ms", win},
         {"half work, half waiting: twice as fast",
          "0.45 * blocking@10ms < async@10ms < 0.6 * blocking@10ms", win, one_core},
         {"without waiting there is nothing to gain",
          "async@20ms > 0.93 * blocking@20ms", no_win, one_core}}},

    {.name = "chain",
     .shows = "Eight tasks, of which more and more need the one before. A chain takes the sum of "
              "its tasks in every model, until nothing is left to overlap.",
     .knobs = {.tasks = 8, .bytes = 80, .delay = 10ms},
     .sweep = "chain", .values = {"1", "2", "4", "8"},
     .models = {"blocking", "threads", "async"},
     .claims = {
         {"four tasks in a chain take as long as four",
          "3.8 * async@1.predicted < async@4 < 4.2 * async@1.predicted", no_win},
         {"eight tasks in a chain: async takes as long as blocking",
          "async@8 > 0.97 * blocking@8", no_win}}},

    {.name = "one",
     .shows = "A single task. There is nothing to overlap it with, so all models take as long.",
     .knobs = {.tasks = 1, .bytes = 100, .delay = 30ms},
     .claims = {
         {"with one task async is no faster than blocking", "async > 0.97 * blocking", no_win},
         {"with one task threads are no faster", "threads > 0.97 * blocking", no_win}}},

    {.name = "noblock",
     .shows = "A thousand small poems that come without any pause. The only waiting left is the "
              "round trip of each connection; which model is ahead is reported as measured.",
     .knobs = {.tasks = 1000, .bytes = 600, .delay = 0ms},
     .models = {"blocking", "async", "coroutines", "threads"},
     .claims = {
         {"async takes at most twice as long as blocking", "async < 2 * blocking", no_win}}},

    {.name = "cpu",
     .shows = "Four tasks that only compute, 0.2 s each. One thread takes their sum in any model; "
              "only more cores help, which threads, processes and a loop on several threads use.",
     .knobs = {.tasks = 4, .bytes = 1000, .num_bytes = 1000, .delay = 1ms, .work = 2ms},
     .models = {"blocking", "async", "coroutines", "threads", "processes", "mixed"},
     .claims = {
         {"async gains nothing when tasks compute",
          "async > 0.93 * blocking", no_win, one_core},
         {"threads use several cores", "threads < 0.65 * blocking", no_win, two_cores},
         {"one loop on several threads uses them, too",
          "mixed < 0.65 * blocking", win, two_cores}}},

    {.name = "straggler",
     .shows = "Eight tasks, one of them ten times as long. The gain is sum / longest = 1.7, not 8: "
              "the straggler sets the time.",
     .knobs = {.tasks = 8, .bytes = 50, .delay = 15ms, .slower = 10},
     .models = {"blocking", "threads", "async", "coroutines"},
     .claims = {
         {"one straggler leaves a gain of sum / longest",
          "0.95 * blocking.predicted / async.predicted < blocking / async"
          " < 1.05 * blocking.predicted / async.predicted", no_win}}},

    {.name = "one-at-a-time",
     .shows = "A server that serves one reader at a time. No client can be faster than its server: "
              "every model takes the sum.",
     .knobs = {.tasks = 4, .bytes = 50, .delay = 20ms, .one_at_a_time = true},
     .claims = {
         {"async is as slow as the server", "async > 0.97 * blocking", no_win},
         {"threads are as slow as the server", "threads > 0.97 * blocking", no_win}}},

    {.name = "bigpoem",
     .shows = "Poems larger than the kernel's buffers, 32 MiB each. Clients that read one poem "
              "after another, eager and broken, no longer profit from what the kernel reads for "
              "them.",
     .knobs = {.bytes = 32 << 20, .num_bytes = 1 << 20, .delay = 31ms},
     .models = {"blocking", "eager", "broken", "async"},
     .claims = {
         {"eager is unmasked: it waits for one after another",
          "eager > 0.85 * blocking", no_win},
         {"broken is unmasked as well", "broken > 0.85 * blocking", no_win},
         {"async takes about as long as one poem", "async < 0.45 * blocking", win}},
     .tolerance = 0.15},

    {.name = "responsive",
     .shows = "A timer that should fire every 10 ms in the thread that downloads. Blocking freezes "
              "it for a whole download, async does not, and broken freezes it although its wall "
              "clock looks perfect.",
     .knobs = {.bytes = 50, .delay = 100ms, .tick = 10ms},
     .claims = {
         {"blocking freezes for at least a download",
          "blocking.tick_max > 0.95 * blocking.longest", no_win},
         {"async stays on time", "async.tick_p99 < 10ms", win},
         {"coroutines stay on time", "coroutines.tick_p99 < 10ms", win},
         {"a handler that blocks freezes the loop as blocking does",
          "broken.tick_max > 0.9 * blocking.tick_max", no_win},
         {"the wall clock of broken does not show that",
          "0.95 * async < broken < 1.05 * async", no_win}}},

    {.name = "adapts",
     .shows = "Four tasks, one of whose servers becomes three times slower. Only that task ends "
              "later; nothing is tuned, and blocking makes everybody behind it wait.",
     .knobs = {.tasks = 4, .bytes = 100, .delay = 20ms},
     .sweep = "slower", .values = {"1", "3"},
     .models = {"blocking", "async", "coroutines"},
     .claims = {
         {"the slow task takes its own time", "2.9 * async@1 < async@3 < 3.1 * async@1", win},
         {"the others end when they did before",
          "0.9 * async@1.rest < async@3.rest < 1.1 * async@1.rest", win},
         {"blocking makes everybody behind the slow one wait",
          "blocking@3.rest > 1.5 * blocking@1.rest", win}}},

    {.name = "cost",
     .shows = "64, 256 and 1000 tasks that only wait. Async takes as long for all of them; threads "
              "and processes pay for waiting in memory, CPU and switches.",
     .knobs = {.bytes = 30, .delay = 200ms},
     .sweep = "tasks", .values = {"64", "256", "1000"},
     .models = {"threads", "processes", "async"},
     .claims = {
         {"async takes as long for a thousand tasks as for 64",
          "async@1000 < 1.2 * async@64", win},
         {"a thousand threads take at least twice the memory of async",
          "threads@1000.rss > 2 * async@1000.rss", win},
         {"a thousand processes take at least ten times the memory",
          "processes@1000.rss > 10 * async@1000.rss", win},
         {"a thousand processes take at least five times the CPU",
          "processes@1000.cpu > 5 * async@1000.cpu", win},
         {"a thousand threads take more CPU than async", "threads@1000.cpu > async@1000.cpu", win},
         {"a thousand threads are switched more often",
          "threads@1000.switches > 1.5 * async@1000.switches", win}},
     .tolerance = 0},

    {.name = "cores",
     .shows = "The asynchronous client, with a little work, on one core and on all. It is one "
              "thread: the wall clock is the same, and it never works for two tasks at once.",
     .knobs = {.tasks = 8, .bytes = 100, .delay = 50ms, .work = 2ms},
     .sweep = "cores", .values = {"1", "all"},
     .models = {"async", "coroutines"},
     .claims = {
         {"async takes as long on one core as on all",
          "0.95 * async@1 < async@all < 1.05 * async@1", win},
         {"async never works for two tasks at once", "async.at_once == 1", win},
         {"coroutines never work for two tasks at once", "coroutines.at_once == 1", win}}},

    {.name = "faults",
     .shows = "Six servers, of which only the first and the last are well. A client must bring home "
              "both good poems, report the others as bad, and not wait for ever.",
     .knobs = {.tasks = 6, .bytes = 300, .delay = 20ms, .faults = true},
     .claims = {
         {"both good poems arrive whole", "each.whole == 2", subject::faults},
         {"that others failed shows in the exit code", "each.exit_code > 0", subject::faults},
         {"the refused, the reset, the stalled and, knowing the text, the truncated poem are "
          "reported as bad", "each.failed == 4", subject::faults},
         {"the run is over at most the idle timeout, 1 s, after the last good poem, within "
          "25 ms", "each.went_on < 1.025s", subject::faults}},
     .tolerance = 0},

    {.name = "million",
     .shows = "A million downloads at once, each process as many as it may have open files, in a "
              "single thread. It takes minutes and gigabytes, as --plan says, and is not part of all.",
     .knobs = {.tasks = 1'000'000, .bytes = 40, .delay = 50s},
     .models = {"async"},
     .claims = {
         {"all of them are there at once, as the servers count them",
          "async.connections >= async.tasks", win}},
     .runs = 1, .tolerance = 0.15},
};
// clang-format on

} // namespace

std::span<const scenario> scenarios()
{
  return all_scenarios;
}

const scenario& find_scenario(std::string_view name)
{
  return find_named(all_scenarios, "scenario", name);
}

} // namespace poetry::race
