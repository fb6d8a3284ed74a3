#include "client/options.hpp"

#include "client/models.hpp"
#include "common/command_line.hpp"
#include "common/number.hpp"
#include "common/program.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <thread>
#include <unistd.h>

using namespace std::chrono_literals;

namespace poetry {
namespace {

constexpr duration longest = 24h * 365;
constexpr auto unlimited = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t most_downloads = 10'000'000;

std::vector<address> read_servers(const std::vector<std::string>& operands)
{
  std::vector<address> servers;
  for (const auto& operand : operands)
  {
    const auto range = parse_addresses(operand);
    servers.insert(servers.end(), range.begin(), range.end());
  }
  return servers;
}

void declare(command_line& line)
{
  auto add = line.add();
  const auto text = [](const char* value) {
    return cxxopts::value<std::string>()->default_value(value);
  };
  add("repeat", "download the whole list of servers N times over", text("1"), "N");
  add("connect-timeout", "give up connecting after this long", text("5s"), "DUR");
  add("idle-timeout", "give up on a poem after this long without a byte", text("30s"), "DUR");
  add("max-time", "end the whole run after this long (default: none)",
    cxxopts::value<std::string>(), "DUR");
  add("max-bytes", "a longer poem fails", text("64M"), "N");
  add("work", "CPU time burnt for every 10 bytes received", text("0"), "DUR");
  add("tick",
    "a periodic timer, run wherever the model gives control back; its lateness is reported "
    "(default: off)",
    cxxopts::value<std::string>(), "DUR");
  add("chain", "start each download only when the one before has ended");
  add("o,output", "write each poem, as it arrives, to DIR/TASK-HOST-PORT.txt",
    cxxopts::value<std::string>(), "DIR");
  add("print", "show the poems at the end");
  add("verify", "compare with FILE; repeated, the i-th FILE is for the i-th server",
    cxxopts::value<std::vector<std::string>>(), "FILE");
  add("json", "the summary as one JSON object");
  add("trace", "record the run in FILE, for Perfetto and poetry-figure",
    cxxopts::value<std::string>(), "FILE");
  add("live", "show the run as it goes on stderr: auto, always, never", text("auto"), "WHEN");
  add("ascii", "draw that with ASCII characters only");
  add("q,quiet", "print no line for a poem that arrived whole");
  add("v,verbose", "a line for every chunk");
}

client_options read_options(const command_line& line, const model& model)
{
  client_options options;
  options.servers = read_servers(line.operands());
  options.repeat = line.count("repeat", {1, most_downloads});
  options.connect_timeout = line.time("connect-timeout", {1ms, longest});
  options.idle_timeout = line.time("idle-timeout", {1ms, longest});
  if (line.given("max-time"))
    options.max_time = line.time("max-time", {1ms, longest});
  options.max_bytes = line.size("max-bytes", {1, unlimited});
  options.work = line.time("work", {0s, 1h});
  if (line.given("tick"))
    options.tick = line.time("tick", {1ms, 1h});
  options.chain = line.flag("chain");
  if (model.has_threads && line.given("threads"))
    options.threads = static_cast<unsigned>(line.count("threads", {1, 1000}));
  else if (model.has_threads)
    options.threads = std::max(1u, std::thread::hardware_concurrency());
  options.trace = line.path("trace");
  options.output = line.path("output");
  options.print = line.flag("print");
  options.verify = line.paths("verify");
  options.json = line.flag("json");
  options.quiet = line.flag("quiet");
  options.verbose = line.flag("verbose");
  const auto live = line.choice("live", {"auto", "always", "never"});
  // A line for every chunk is a live view of its own.
  options.live =
    live == "always" || (live == "auto" && ::isatty(STDERR_FILENO) == 1 && !options.verbose);
  options.ascii = line.flag("ascii");
  return options;
}

void refuse_contradictions(const client_options& options)
{
  if (options.servers.empty())
    throw usage_error("no server is named; write PORT or HOST:PORT, such as 127.0.0.1:10000");
  if (options.verify.size() > 1 && options.verify.size() != options.servers.size())
    throw usage_error(
      fmt::format("--verify is given {} times for {} servers; give it once, or once "
                  "for each server",
        options.verify.size(), options.servers.size()));
  if (options.quiet && options.verbose)
    throw usage_error("--quiet and --verbose exclude each other; write one of them");
  if (options.json && (options.print || options.verbose))
    throw usage_error("--json is the only thing on stdout; leave --print and --verbose out");
  if (options.servers.size() * options.repeat > most_downloads)
    throw usage_error(
      fmt::format("that is more than {} downloads; write a smaller --repeat", most_downloads));
}

} // namespace

std::optional<client_options> parse_client_options(const model& model, int argc, char** argv)
{
  const auto program = fmt::format("get-poetry-{}", model.name);
  command_line line(program, fmt::format("Downloads poems from slow servers: {}.", model.summary),
    "SERVER...",
    fmt::format(
      "SERVER is PORT, HOST:PORT, [IPV6]:PORT, or a range HOST:FIRST-LAST.\n"
      "Durations: 100ms, 1.5s, 2 (seconds). Sizes: 30, 64k, 1M.\n"
      "Exit code: 0 all poems arrived whole, 1 at least one did not, 130 or 143 interrupted,\n"
      "2 the command line made no sense.\n\n"
      "Examples:\n"
      "  {0} 10000 10001 10002\n"
      "  {0} 127.0.0.1:10000-10002 '[::1]:10003'\n"
      "  {0} --verify poem.txt --json --repeat 100 10000",
      program));
  declare(line);
  if (model.has_threads)
    line.add()("threads", "how many threads run the loop (default: one for each core)",
      cxxopts::value<std::string>(), "K");
  if (!line.parse(argc, argv))
    return std::nullopt;

  client_options options = read_options(line, model);
  refuse_contradictions(options);
  return options;
}

} // namespace poetry
