#include "common/background_output.hpp"
#include "common/output.hpp"
#include "common/program.hpp"
#include "server/announcement.hpp"
#include "server/descriptor_limit.hpp"
#include "server/options.hpp"
#include "server/poem.hpp"
#include "server/server.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <system_error>
#include <unistd.h>

namespace poetry {
namespace {

/// Room for the announcements of as many ports as there are, and for totals that nobody reads.
constexpr std::size_t most_unwritten_output = 16 << 20;

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

/// Listens on every port, announces each, and writes the port file when all of them listen.
void open_ports(server& server, const std::vector<poem>& poems, const server_options& options,
  background_output& output, server_log& log)
{
  std::vector<std::string> addresses;
  for (std::size_t i = 0; i < options.listeners; ++i)
  {
    const poem& poem = poems[i % poems.size()];
    const auto port = static_cast<std::uint16_t>(options.port == 0 ? 0 : options.port + i);
    const auto endpoint = server.listen({options.interface, port}, script_for(poem, options));
    addresses.push_back(to_text(endpoint));
    output.add(announcement(poem, addresses.back(), script_for(poem, options), options.fault));
  }
  if (!options.interface.is_loopback())
    log.warning(fmt::format(
      "{} is not a loopback address, others can connect", options.interface.to_string()));
  if (!options.port_file.empty())
    replace_file(options.port_file, addresses);
}

std::string totals_line(const server& server, log_format format)
{
  const auto totals = server.totals_so_far();
  return format == log_format::json ? to_json(totals) : to_text(totals);
}

// A signal handler can reach nothing but globals.
std::atomic<bool> told_to_stop = false;
int signal_pipe = -1;

void forward_to_loop(int signal)
{
  if (signal != SIGUSR1 && told_to_stop.exchange(true))
    std::_Exit(128 + signal);
  const int before = errno;
  (void)!::write(signal_pipe, &signal, sizeof signal);
  errno = before;
}

/// Handles signals in the server's loop: the signal handler writes them into a pipe, and the loop
/// reads it like any other descriptor. A second SIGINT or SIGTERM ends the program at once.
class signal_watcher
{
public:
  signal_watcher(server& server, const server_options& options, background_output& output)
    : server_(server), options_(options), output_(output)
  {
    if (::pipe2(pipe_.data(), O_CLOEXEC | O_NONBLOCK) < 0)
      throw std::system_error(errno, std::system_category(), "cannot open a pipe");
    signal_pipe = pipe_[1];
    for (const int signal : {SIGINT, SIGTERM, SIGUSR1})
      catch_signal(signal, forward_to_loop);
    server.watch(pipe_[0], [this] { handle(); });
  }

private:
  void handle()
  {
    int signal = 0;
    while (::read(pipe_[0], &signal, sizeof signal) == sizeof signal)
    {
      if (signal == SIGUSR1)
        output_.add(totals_line(server_, options_.format));
      else
        server_.stop(options_.grace);
    }
  }

  server& server_;
  const server_options& options_;
  background_output& output_;
  std::array<int, 2> pipe_ = {};
};

int run(int argc, const char* const* argv)
{
  const auto options = parse_server_options(argc, argv);
  if (!options)
    return exit_success;

  const auto poems = load_poems(options->poems);
  server_log log(options->format, options->level);
  const std::uint64_t most = readers_within_descriptor_limit(options->listeners);
  if (!options->max_clients && most < options->listeners)
    log.warning(
      fmt::format("with {} ports, the limit on open files leaves room for {} readers at a "
                  "time; fewer --listeners or a higher 'ulimit -n' would make more",
        options->listeners, most));
  server server({.one_at_a_time = options->one_at_a_time,
                  .max_clients = options->max_clients.value_or(most),
                  .write_timeout = options->write_timeout,
                  .fault = options->fault.what},
    log);
  {
    background_output output(say, most_unwritten_output);
    signal_watcher watcher(server, *options, output);
    open_ports(server, poems, *options, output, log);
    server.run();
  }
  say(totals_line(server, options->format));
  return exit_success;
}

} // namespace
} // namespace poetry

int main(int argc, char** argv)
{
  return poetry::run_program("slowpoetry", [&] { return poetry::run(argc, argv); });
}
