#include "common/background_output.hpp"
#include "common/interruption.hpp"
#include "common/output.hpp"
#include "common/program.hpp"
#include "common/text.hpp"
#include "server/options.hpp"
#include "server/poem.hpp"
#include "server/server.hpp"

#include <atomic>
#include <csignal>
#include <fmt/format.h>
#include <ostream>

namespace poetry {
namespace {

/// Enough to announce 65,535 ports; beyond that, output that nobody reads is dropped.
constexpr std::size_t most_unwritten_output = 16 << 20;

/// Listens on every port, announces each, and writes the port file when all of them listen.
void open_ports(server& server, const std::vector<poem>& poems, const server_options& options,
  background_output& output, server_log& log)
{
  std::vector<std::string> addresses;
  for (std::size_t i = 0; i < options.listeners; ++i)
  {
    const poem& poem = poems[i % poems.size()];
    const auto port = static_cast<std::uint16_t>(options.port == 0 ? 0 : options.port + i);
    const script script = {
      .text = std::string_view(poem.text).substr(0, bytes_before(options.fault, poem.text.size())),
      .pace = options.pace,
      .jitter = options.jitter,
      .seed = options.seed};
    addresses.push_back(server.listen({options.interface, port}, script));
    const auto line = announcement(poem, addresses.back(), script, options.fault);
    if (!output.add(line))
      say(line); // there was no thread for it, and nobody waits for us yet
  }
  if (!options.interface.is_loopback())
    log.warning(fmt::format(
      "{} is not a loopback address, others can connect", options.interface.to_string()));
  if (!options.port_file.empty())
    write_file(options.port_file, [&](std::ostream& out) {
      for (const std::string& address : addresses)
        out << address << '\n';
    });
}

// A signal handler can reach nothing but globals.
std::atomic<bool> totals_asked = false;

void ask_for_totals(int)
{
  totals_asked = true;
  interruption::wake();
}

int run(int argc, const char* const* argv)
{
  auto options = parse_server_options(argc, argv);
  if (!options)
    return exit_success;

  interruption interruption;
  std::vector<poem> poems;
  for (const std::string& operand : options->poems)
    poems.push_back(load_poem(operand, poems_folder()));
  if (!options->port_file.empty())
    check_writable(options->port_file);
  server_log log(options->format, options->level);
  const std::uint64_t most = readers_within_descriptor_limit(options->listeners);
  if (!options->max_clients && most < options->listeners)
    log.warning(
      fmt::format("with {} ports, the limit on open files leaves room for {} at a time; fewer "
                  "--listeners or a higher 'ulimit -n' would make more",
        options->listeners, count_text(most, "reader")));
  options->max_clients = options->max_clients.value_or(most);
  server server(*options, log);
  const auto totals_line = [&] {
    const auto totals = server.totals_so_far();
    return options->format == log_format::json ? to_json(totals) : to_text(totals);
  };
  {
    background_output output(say, most_unwritten_output);
    server.descriptors().watch(interruption.descriptor(), [&] {
      if (totals_asked.exchange(false))
        output.add(totals_line());
      if (interruption.signal() != 0)
        server.stop();
    });
    interruption.defer();
    catch_signal(SIGUSR1, ask_for_totals);
    open_ports(server, poems, *options, output, log);
    server.run();
  }
  say(totals_line());
  return exit_success;
}

} // namespace
} // namespace poetry

int main(int argc, char** argv)
{
  return poetry::run_program("slowpoetry", [&] { return poetry::run(argc, argv); });
}
