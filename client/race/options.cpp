#include "client/race/options.hpp"

#include "client/models.hpp"
#include "client/race/plan/find_named.hpp"
#include "client/race/report/report.hpp"
#include "client/race/run/machine.hpp"
#include "common/command_line.hpp"
#include "common/output.hpp"
#include "common/program.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <sstream>

namespace poetry::race {
namespace {

constexpr const char* examples =
  R"(Without --scenario: essay, at a fifth of its delay, or many when --tasks or --bytes is given.
Options that are left out keep the scenario's values.
In a --client a word with {{server}} stands for one for each server, and {{out}} for a folder that
its poems may be written into, to be checked.
Exit code: 0 everything expected was met, 1 something was not, 2 the command line made no sense.
Assertions compare numbers and MODEL[@POINT][.METRIC]: * / < <= > >= and == (within 2 %).
{}
Examples:
  poetry-race
  poetry-race --scenario all
  poetry-race --scenario many --sweep tasks=1,10,100 --models blocking,async
  poetry-race --tasks 20 --bytes 300 --delay 50ms --assert 'async < 0.1 * blocking'
  poetry-race --scenario cost --plan
  poetry-race --client 'mine=python3 mine.py {{server}}' --assert 'mine < 1.1 * async')";

/// The parts between commas, none of which may be there twice.
std::vector<std::string> read_list(const std::string& text)
{
  std::vector<std::string> parts;
  std::istringstream stream(text + ',');
  for (std::string part; std::getline(stream, part, ',');)
  {
    if (!part.empty() && std::ranges::find(parts, part) != parts.end())
      throw usage_error(fmt::format("{} is there twice; write it once", part));
    parts.push_back(part);
  }
  return parts;
}

/// NAME=COMMAND
void read_client(const std::string& text, changes& changes)
{
  const auto equals = text.find('=');
  const auto name = text.substr(0, equals);
  const auto refuse_if = [&](bool is_wrong, const std::string& why) {
    if (is_wrong)
      throw usage_error(fmt::format(
        "'{}': {}; write NAME=COMMAND such as 'mine=python3 mine.py {{server}}'", text, why));
  };
  refuse_if(equals == text.npos, "it has no '='");
  refuse_if(name.empty() || name[0] < 'a' || name[0] > 'z' ||
              name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") != name.npos,
    fmt::format("'{}' is no name of small letters, digits, - and _, a letter first", name));
  refuse_if(std::ranges::find(models(), name, &model::name) != models().end(),
    fmt::format("{} is one of the models", name));
  refuse_if(text.find_first_not_of(" \t\n", equals + 1) == text.npos, "its command is empty");
  refuse_if(std::ranges::any_of(changes.clients, [&](auto& known) { return known.first == name; }),
    fmt::format("there are two of the name {}", name));
  changes.clients.emplace_back(name, text.substr(equals + 1));
}

void read_sweep(const std::string& text, changes& changes)
{
  const auto equals = text.find('=');
  changes.sweep = text.substr(0, equals);
  if (equals < text.size() - 1)
    changes.values = read_list(text.substr(equals + 1));
  if (changes.values.empty())
    throw usage_error(
      fmt::format("'{}' has no values; write KEY=V1,V2,.. such as tasks=1,2,4,8", text));
  knobs trial;
  for (const std::string& value : changes.values)
    set_knob(trial, changes.sweep, value);
}

std::vector<experiment> make_experiments(const std::string& name, const changes& changes)
{
  const auto make = [&, limits = limits_here(), cores = cores_here()](
                      scenario scenario, duration::rep times_faster) {
    if (scenario.knobs.essay)
      scenario.knobs.delay /= times_faster;
    return make_experiment(scenario, changes, limits, cores);
  };
  if (name.empty())
  {
    // The essay's poems have fixed sizes: other sizes or numbers mean equal tasks.
    const auto layout = {"tasks", "bytes", "num-bytes", "chain", "slower"};
    const bool is_changed =
      std::ranges::any_of(layout, [&](const char* knob) { return changes.has(knob); });
    return {make(find_scenario(is_changed ? "many" : "essay"), 5)};
  }
  if (name != "all")
    return {make(find_scenario(name), 1)};

  if (!changes.knobs.empty() || !changes.sweep.empty() || !changes.assertions.empty())
    throw usage_error("--scenario all runs each scenario as it is; name one of them to change it");
  std::vector<experiment> experiments;
  for (const scenario& scenario : scenarios())
  {
    // A crowd takes minutes: it runs only when it is named.
    if (scenario.knobs.tasks < least_crowd)
      experiments.push_back(make(scenario, 10));
  }
  return experiments;
}

} // namespace

std::optional<race_options> parse_race_options(int argc, char** argv)
{
  command_line line("poetry-race",
    "Runs the clients against slow servers and compares what was predicted with what is measured.",
    "", fmt::format(examples, metrics_text()));
  race_options options;
  changes changes;
  std::string scenario_name;
  bool lists = false;
  const auto knob = [&](const std::string& name, const char* help, const char* value) {
    line.add({name, help, value}, "", [&changes, name](const std::string& text) {
      knobs trial;
      set_knob(trial, name, text);
      changes.knobs.emplace_back(name, text);
    });
  };
  line.add({"scenario", "run this scenario, or all but million", "NAME"}, scenario_name);
  line.add({"list", "list the scenarios"}, lists);
  line.add({"models", "run these models", "A,B"}, "", [&](const std::string& text) {
    changes.models = read_list(text);
    for (const std::string& name : changes.models)
      find_named(models(), "model", name);
  });
  line.add({"client", "race a program of your own as well; may be repeated", "NAME=COMMAND"}, "",
    [&](const std::string& text) { read_client(text, changes); });
  line.add({"runs", "runs per model (default: 3; 1 of million, and without any options)", "N"},
    changes.runs, {1, 1000});
  knob("tasks", "number of tasks", "N");
  knob("bytes", "bytes per poem", "B");
  knob("num-bytes", "bytes per chunk", "N");
  knob("delay", "pause after each chunk", "DUR");
  knob("work", "CPU work per 10 bytes received", "DUR");
  line.add({"sweep", "vary one of tasks, bytes, num-bytes, delay, work, chain, slower, cores",
             "KEY=V1,V2,.."},
    "", [&](const std::string& text) { read_sweep(text, changes); });
  line.add({"plan", "print what would run, what is predicted and what it takes; run nothing"},
    options.only_plan);
  line.add(
    {"assert", "expect this as well, such as 'async < 0.6 * blocking'; may be repeated", "TEXT"},
    changes.assertions);
  line.add({"out", "write report.html into this folder", "DIR"}, options.out);
  line.add({"json", "the results as one JSON object, instead of tables"}, options.json);
  if (!line.parse(argc, argv))
    return std::nullopt;
  if (!line.operands().empty())
    throw usage_error(fmt::format(
      "'{0}' stands alone; name a scenario with --scenario {0}", line.operands().front()));

  if (lists)
  {
    for (const scenario& scenario : scenarios())
      say(fmt::format("{:<14} {}", scenario.name, scenario.shows));
    return std::nullopt;
  }
  std::vector<std::string> words(argv, argv + argc);
  words.front() = "poetry-race";
  options.command = shell_text(words);
  if (argc == 1)
    changes.runs = 1;
  options.experiments = make_experiments(scenario_name, changes);
  return options;
}

} // namespace poetry::race
