#include "common/output.hpp"
#include "common/program.hpp"
#include "server/announcement.hpp"
#include "server/descriptor_limit.hpp"
#include "server/options.hpp"
#include "server/poem.hpp"
#include "server/server.hpp"

#include <csignal>
#include <cstdlib>
#include <fmt/format.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <utility>

namespace poetry {
namespace {

std::vector<poem> load_poems(const std::vector<std::string>& operands)
{
  const auto folder = poems_folder();
  std::vector<poem> poems;
  poems.reserve(operands.size());
  for (const std::string& operand : operands)
    poems.push_back(load_poem(operand, folder));
  return poems;
}

script script_for(const poem& poem, const server_options& options)
{
  return {
    .text = std::string_view(poem.text).substr(0, bytes_before(options.fault, poem.text.size())),
    .pace = options.pace,
    .jitter = options.jitter,
    .seed = options.seed};
}

/// Opens every port, says so, and writes the port file when all of them listen.
void open_ports(server& server, const std::vector<poem>& poems, const server_options& options)
{
  std::vector<std::string> addresses;
  for (std::size_t i = 0; i < options.listeners; ++i)
  {
    const poem& poem = poems[i % poems.size()];
    const auto port = static_cast<std::uint16_t>(options.port == 0 ? 0 : options.port + i);
    const auto endpoint = server.listen({options.interface, port}, script_for(poem, options));
    addresses.push_back(to_text(endpoint));
    say(announcement(poem.name, addresses.back(), script_for(poem, options)));
  }
  if (!options.interface.is_loopback())
    complain(fmt::format("slowpoetry: warning: {} is not a loopback address, others can connect",
      options.interface.to_string()));
  if (!options.port_file.empty())
    replace_file(options.port_file, addresses);
}

void print_totals(const server& server, log_format format)
{
  const auto totals = server.totals_so_far();
  say(format == log_format::json ? to_json(totals) : to_text(totals));
}

/// What the server does when it is sent a signal: it reads it, like everything else, once the loop
/// finds that there is one.
class signal_watcher
{
public:
  signal_watcher(server& server, const server_options& options) : server_(server), options_(options)
  {
    sigset_t signals;
    ::sigemptyset(&signals);
    for (const int signal : {SIGINT, SIGTERM, SIGUSR1})
      ::sigaddset(&signals, signal);
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    descriptor_ = ::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    server.watch(descriptor_, [this] { handle(); });
  }
  ~signal_watcher() { ::close(descriptor_); }
  signal_watcher(const signal_watcher&) = delete;
  signal_watcher& operator=(const signal_watcher&) = delete;

private:
  void handle()
  {
    signalfd_siginfo sent;
    while (::read(descriptor_, &sent, sizeof sent) == sizeof sent)
    {
      if (sent.ssi_signo == SIGUSR1)
        print_totals(server_, options_.format);
      else if (std::exchange(stopping_, true))
        std::_Exit(128 + static_cast<int>(sent.ssi_signo));
      else
        server_.stop(options_.grace);
    }
  }

  server& server_;
  const server_options& options_;
  int descriptor_;
  bool stopping_ = false;
};

int run(int argc, const char* const* argv)
{
  const auto options = parse_server_options(argc, argv);
  if (!options)
    return exit_success;

  const auto poems = load_poems(options->poems);
  const std::uint64_t most = readers_within_descriptor_limit(options->listeners);
  server server({.one_at_a_time = options->one_at_a_time,
                  .max_clients = options->max_clients.value_or(most),
                  .write_timeout = options->write_timeout,
                  .fault = options->fault.what},
    journal(options->format, options->level));
  const signal_watcher watcher(server, *options);
  open_ports(server, poems, *options);
  server.run();
  print_totals(server, options->format);
  return exit_success;
}

} // namespace
} // namespace poetry

int main(int argc, char** argv)
{
  return poetry::run_program("slowpoetry", [&] { return poetry::run(argc, argv); });
}
