#include "server/options.hpp"

#include "common/command_line.hpp"
#include "common/program.hpp"

#include <fmt/format.h>

namespace poetry {
namespace {

using namespace std::chrono_literals;

constexpr range<duration> any_time = {0s, 24h};

const char* const examples = R"(Examples:
  slowpoetry the-kettle
      serve a poem that comes with the program, on any free port
  slowpoetry --port 10000 --num-bytes 30 low-tide.txt the-kettle.txt
      two poems, on ports 10000 and 10001; read one with 'nc 127.0.0.1 10000'
  slowpoetry --delay 1ms --listeners 1000 -q the-kettle
      a thousand servers, each with a port of its own
  slowpoetry --fault reset@100 the-kettle
      reset connections after 100 bytes, to see how a client handles it)";

asio::ip::address parse_interface(const std::string& text)
{
  std::error_code error;
  auto result = asio::ip::make_address(text, error);
  if (error)
    throw usage_error(fmt::format(
      "'{}' is not a numeric address; write one such as 127.0.0.1, ::1 or 0.0.0.0", text));
  return result;
}

} // namespace

std::optional<server_options> parse_server_options(int argc, const char* const* argv)
{
  command_line line("slowpoetry",
    "Serve poems slowly to any number of readers at once, each poem on a port of its own.",
    "POEM...", examples);
  server_options result;
  bool quiet = false;
  bool verbose = false;
  std::string log = "text";
  std::optional<std::uint64_t> listeners;
  line.add({"port", "port of the first poem, the next takes the next; 0: any free ports", "P"},
    result.port, {0, 65535});
  line.add({"listeners", "listen on N ports, poems dealt round robin (default: one per poem)", "N"},
    listeners, {1, 65535});
  line.add({"iface", "address to listen on, such as ::1 or 0.0.0.0", "ADDR"},
    result.interface.to_string(),
    [&](const std::string& text) { result.interface = parse_interface(text); });
  line.add_size({"num-bytes", "bytes per chunk", "N"}, result.pace.num_bytes, {1, 1 << 30});
  line.add(
    {"delay", "pause after each chunk; 0: as fast as it goes", "DUR"}, result.pace.delay, any_time);
  line.add(
    {"jitter", "lengthen each pause by up to DUR, reproducibly", "DUR"}, result.jitter, any_time);
  line.add({"seed", "seed of the pauses that --jitter makes", "N"}, result.seed, {0, UINT64_MAX});
  line.add({"one-at-a-time", "serve one reader at a time per port, the others wait"},
    result.one_at_a_time);
  line.add({"max-clients",
             "serve at most N readers at once, the others wait in the backlog (default: as many as "
             "the limit on open files allows)",
             "N"},
    result.max_clients, {1, 1'000'000'000});
  line.add({"write-timeout", "drop a reader that takes no byte for this long", "DUR"},
    result.write_timeout, {1ms, 24h});
  line.add({"fault", "misbehave: stall, reset, truncate (after half the poem, or @BYTES) or refuse",
             "KIND[@BYTES]"},
    "none", [&](const std::string& text) { result.fault = parse_fault(text); });
  line.add({"grace", "when told to stop, let readers finish for up to DUR", "DUR"}, result.grace,
    any_time);
  line.add({"port-file", "write host:port of each port into FILE once all listen", "FILE"},
    result.port_file);
  line.add({"q,quiet", "no log"}, quiet);
  line.add({"v,verbose", "log every chunk, too"}, verbose);
  line.add({"log", "format of the log on stderr: text or json", "FORMAT"}, log, {"text", "json"});
  if (!line.parse(argc, argv))
    return std::nullopt;

  result.poems = line.operands();
  if (result.poems.empty())
    throw usage_error("which poem? Name a file, or a poem that comes with the program, such as "
                      "the-kettle");
  result.listeners = listeners.value_or(result.poems.size());
  if (result.listeners < result.poems.size())
    throw usage_error(fmt::format("--listeners {}: there are {} poems, and each needs a port",
      result.listeners, result.poems.size()));
  if (result.port + result.listeners > 65536 || result.listeners > 65535)
    throw usage_error(fmt::format("--port {}: {} ports from there on are more than there are; the "
                                  "last port is 65535",
      result.port, result.listeners));
  if (quiet && verbose)
    throw usage_error("--quiet and --verbose exclude each other; write one of them");
  result.format = log == "json" ? log_format::json : log_format::text;
  result.level = quiet ? log_level::nothing : verbose ? log_level::chunks : log_level::readers;
  return result;
}

} // namespace poetry
