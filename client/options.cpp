#include "client/options.hpp"

#include "client/models.hpp"
#include "common/command_line.hpp"
#include "common/output.hpp"
#include "common/program.hpp"
#include "common/text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <thread>
#include <unistd.h>

using namespace std::chrono_literals;

namespace poetry {
namespace {

constexpr duration longest_time = 24h * 365;
constexpr std::uint64_t most_downloads = 10'000'000;

void declare(command_line& line, client_options& options, std::string& live)
{
  line.add({"repeat", "download the whole list of servers N times over", "N"}, options.repeat,
    {1, most_downloads});
  line.add({"connect-timeout", "give up connecting after this long", "DUR"},
    options.connect_timeout, {1ms, longest_time});
  line.add({"idle-timeout", "give up on a poem after this long without a byte", "DUR"},
    options.idle_timeout, {1ms, longest_time});
  line.add({"max-time", "end the whole run after this long (default: none)", "DUR"},
    options.max_time, {1ms, longest_time});
  line.add_size({"max-bytes", "a longer poem fails", "N"}, options.max_bytes, {1, UINT64_MAX});
  line.add({"work", "CPU time used for every 10 bytes received", "DUR"}, options.work, {0s, 1h});
  line.add({"tick",
             "a periodic timer, run wherever the model gives control back; its lateness is "
             "reported (default: off)",
             "DUR"},
    options.tick, {1ms, 1h});
  line.add({"chain", "start each download only when the one before has ended"}, options.chain);
  line.add({"o,output", "write each poem, as it arrives, to DIR/TASK-HOST-PORT.txt", "DIR"},
    options.output);
  line.add({"print", "show the poems at the end"}, options.print);
  line.add({"verify", "compare with FILE; repeated, the i-th FILE is for the i-th server", "FILE"},
    options.verify);
  line.add({"json", "the summary as one JSON object"}, options.json);
  line.add(
    {"trace", "record the run in FILE, for Perfetto and poetry-figure", "FILE"}, options.trace);
  line.add({"live", "show the run as it goes on stderr: auto, always, never", "WHEN"}, live,
    {"auto", "always", "never"});
  line.add({"ascii", "draw the live view in ASCII; the default where the locale is not UTF-8"},
    options.ascii);
  line.add({"q,quiet", "print no line for a poem that arrived whole"}, options.quiet);
  line.add({"v,verbose", "a line for every chunk"}, options.verbose);
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
      "Exit code: 0 all poems arrived whole, 1 at least one did not, 2 the command line made no\n"
      "sense; interrupted: 128 + the signal, such as 130 after Ctrl-C.\n\n"
      "Examples:\n"
      "  {0} 10000 10001 10002\n"
      "  {0} 127.0.0.1:10000-10002 '[::1]:10003'\n"
      "  {0} --verify poem.txt --json --repeat 100 10000",
      program));
  client_options options{.model = model.name};
  std::string live = "auto";
  declare(line, options, live);
  if (model.has_threads)
  {
    options.threads = std::max(1u, std::thread::hardware_concurrency());
    line.add({"threads", "how many threads run the loop; left out, one per core", "K"},
      options.threads, {1, 1000});
  }
  if (!line.parse(argc, argv))
    return std::nullopt;

  for (const auto& operand : line.operands())
    std::ranges::copy(parse_addresses(operand), std::back_inserter(options.servers));
  // A line for every chunk is a live view of its own.
  options.live =
    live == "always" || (live == "auto" && is_terminal(STDERR_FILENO) && !options.verbose);
  options.ascii = options.ascii || !locale_is_utf8();
  refuse_contradictions(options);
  return options;
}

} // namespace poetry
