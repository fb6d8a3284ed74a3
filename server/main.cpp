#include "common/output.hpp"
#include "common/program.hpp"
#include "server/announcement.hpp"
#include "server/descriptor_limit.hpp"
#include "server/options.hpp"
#include "server/poem.hpp"
#include "server/server.hpp"

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <csignal>
#include <cstdlib>
#include <fmt/format.h>

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
    write_at_once(options.port_file, addresses);
}

/// What the server does when it is sent a signal.
class signal_desk
{
public:
  signal_desk(asio::io_context& context, server& server, const server_options& options)
    : context_(context),
      server_(server),
      options_(options),
      signals_(context, SIGINT, SIGTERM, SIGUSR1),
      grace_(context)
  {
    wait();
  }

private:
  void wait()
  {
    signals_.async_wait([this](std::error_code error, int signal) {
      if (error)
        return;
      if (signal == SIGUSR1)
        print_totals();
      else if (stopping_)
        std::_Exit(128 + signal);
      else
        stop();
      wait();
    });
  }

  void stop()
  {
    stopping_ = true;
    server_.stop([this] {
      print_totals();
      context_.stop();
    });
    grace_.expires_after(options_.grace);
    grace_.async_wait([this](std::error_code error) {
      if (!error)
        server_.reset_readers();
    });
  }

  void print_totals()
  {
    const auto totals = server_.totals_so_far();
    say(options_.format == log_format::json ? to_json(totals) : to_text(totals));
  }

  asio::io_context& context_;
  server& server_;
  const server_options& options_;
  asio::signal_set signals_;
  asio::steady_timer grace_;
  bool stopping_ = false;
};

int run(int argc, const char* const* argv)
{
  const auto options = parse_server_options(argc, argv);
  if (!options)
    return exit_success;

  const auto poems = load_poems(options->poems);
  const std::uint64_t seats = seats_within_descriptor_limit(options->listeners);
  asio::io_context context(1); // one thread: Asio may leave out its locks
  server server(context,
    {.one_at_a_time = options->one_at_a_time,
      .max_clients = options->max_clients.value_or(seats),
      .write_timeout = options->write_timeout,
      .fault = options->fault.what},
    journal(options->format, options->level));
  const signal_desk desk(context, server, *options);
  open_ports(server, poems, *options);
  server.begin();
  context.run();
  return exit_success;
}

} // namespace
} // namespace poetry

int main(int argc, char** argv)
{
  return poetry::run_program("slowpoetry", [&] { return poetry::run(argc, argv); });
}
