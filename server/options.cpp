#include "server/options.hpp"

#include "common/command_line.hpp"
#include "common/program.hpp"

#include <fmt/format.h>

namespace poetry {
namespace {

using namespace std::chrono_literals;
using cxxopts::value;

constexpr range<duration> any_time = {0s, 24h};

const char* const examples = R"(Examples:
  slowpoetry the-kettle
      recite a poem that comes with the program, on any free port
  slowpoetry --port 10000 --num-bytes 30 low-tide.txt the-kettle.txt
      two poems, on ports 10000 and 10001; 'nc 127.0.0.1 10000' is a reader
  slowpoetry --delay 1ms --listeners 1000 -q the-kettle
      a thousand servers, each with a port of its own
  slowpoetry --fault reset@100 the-kettle
      break off after 100 bytes, to see what a client makes of it)";

void declare(command_line& line)
{
  const auto text = [](
                      const char* initial) { return value<std::string>()->default_value(initial); };
  auto add = line.add();
  add("port", "port of the first poem, the next takes the next; 0: any free ports", text("0"), "P");
  add("listeners", "listen on N ports, poems dealt round robin (default: one per poem)",
    value<std::string>(), "N");
  add("iface", "address to listen on, such as ::1 or 0.0.0.0", text("127.0.0.1"), "ADDR");
  add("num-bytes", "bytes per chunk", text("10"), "N");
  add("delay", "pause after each chunk; 0: as fast as it goes", text("100ms"), "DUR");
  add("jitter", "lengthen each pause by up to DUR, reproducibly", text("0"), "DUR");
  add("seed", "seed of the pauses that --jitter makes", text("1"), "N");
  add("one-at-a-time", "serve one reader at a time per port, the others wait");
  add("max-clients",
    "serve at most N readers at once, the others wait in the backlog (default: as many as the "
    "limit "
    "on open files allows)",
    value<std::string>(), "N");
  add("write-timeout", "drop a reader that takes no byte for this long", text("30s"), "DUR");
  add("fault", "misbehave: stall, reset, truncate (after half the poem, or @BYTES) or refuse",
    text("none"), "KIND[@BYTES]");
  add("grace", "when told to stop, let readers finish for up to DUR", text("0"), "DUR");
  add("port-file", "write host:port of each port into FILE once all listen", value<std::string>(),
    "FILE");
  add("q,quiet", "no log");
  add("v,verbose", "log every chunk, too");
  add("log", "how to log on stderr who comes and goes: text or json", text("text"), "FORMAT");
}

asio::ip::address parse_interface(const std::string& text)
{
  std::error_code error;
  auto result = asio::ip::make_address(text, error);
  if (error)
    throw usage_error(fmt::format(
      "--iface: '{}' is not a numeric address; write one such as 127.0.0.1, ::1 or 0.0.0.0", text));
  return result;
}

fault parse_fault_option(const std::string& text)
{
  try
  {
    return parse_fault(text);
  }
  catch (const usage_error& error)
  {
    throw usage_error(fmt::format("--fault: {}", error.what()));
  }
}

} // namespace

std::optional<server_options> parse_server_options(int argc, const char* const* argv)
{
  command_line line("slowpoetry",
    "Recite poems slowly to any number of readers at once, each poem on a port of its own.",
    "POEM...", examples);
  declare(line);
  if (!line.parse(argc, argv))
    return std::nullopt;

  server_options result;
  result.poems = line.operands();
  if (result.poems.empty())
    throw usage_error("which poem? Name a file, or a poem that comes with the program, such as "
                      "the-kettle");
  result.port = static_cast<std::uint16_t>(line.count("port", {0, 65535}));
  result.listeners =
    line.given("listeners") ? line.count("listeners", {1, 65535}) : result.poems.size();
  if (result.listeners < result.poems.size())
    throw usage_error(fmt::format("--listeners {}: there are {} poems, and each needs a port",
      result.listeners, result.poems.size()));
  if (result.port + result.listeners > 65536 || result.listeners > 65535)
    throw usage_error(fmt::format("--port {}: {} ports from there on are more than there are; the "
                                  "last port is 65535",
      result.port, result.listeners));
  result.interface = parse_interface(line.text("iface"));
  result.pace.num_bytes = line.size("num-bytes", {1, 1 << 30});
  result.pace.delay = line.time("delay", any_time);
  result.jitter = line.time("jitter", any_time);
  result.seed = line.count("seed", {0, UINT64_MAX});
  result.one_at_a_time = line.flag("one-at-a-time");
  if (line.given("max-clients"))
    result.max_clients = line.count("max-clients", {1, 1'000'000'000});
  result.write_timeout = line.time("write-timeout", {1ms, 24h});
  result.grace = line.time("grace", any_time);
  result.fault = parse_fault_option(line.text("fault"));
  result.port_file = line.path("port-file");
  result.format =
    line.choice("log", {"text", "json"}) == "json" ? log_format::json : log_format::text;
  if (line.flag("quiet") && line.flag("verbose"))
    throw usage_error("--quiet and --verbose exclude each other; write one of them");
  result.level = line.flag("quiet")     ? log_level::nothing
                 : line.flag("verbose") ? log_level::chunks
                                        : log_level::readers;
  return result;
}

} // namespace poetry
