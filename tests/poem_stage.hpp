#pragma once

#include "common/address.hpp"

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <atomic>
#include <chrono>
#include <list>
#include <string>
#include <thread>
#include <vector>

namespace poetry::testing {

/// What one server of a stage does once its poem may begin.
struct performance
{
  std::vector<std::string> chunks;
  enum
  {
    fin,
    reset,
    silence
  } ending = fin;
};

/// Servers that withhold every poem until `audience` readers are connected at once, or until
/// `patience` has passed since the last one came. Which models are concurrent is then seen by who
/// is there, and not by a stopwatch.
class poem_stage
{
public:
  poem_stage(std::vector<performance> performances, std::size_t audience,
    std::chrono::milliseconds patience = std::chrono::seconds(60));
  ~poem_stage();

  /// One address for each performance.
  std::vector<address> addresses() const;
  /// The most readers that were connected at the same time.
  std::size_t peak() const { return peak_; }

private:
  struct stage_server
  {
    asio::ip::tcp::acceptor acceptor;
    performance poem;
  };
  struct stage_reader
  {
    asio::ip::tcp::socket socket;
    const performance* poem;
    char ignored = 0;
  };

  void accept(stage_server& server);
  void begin();
  void perform(std::list<stage_reader>::iterator reader, std::size_t chunk);

  asio::io_context context_;
  asio::steady_timer patience_timer_;
  std::list<stage_server> servers_;
  std::list<stage_reader> waiting_;
  std::list<stage_reader> listening_;
  std::size_t audience_;
  std::chrono::milliseconds patience_;
  std::atomic<std::size_t> peak_ = 0;
  std::thread thread_;
};

/// A port of this machine that is taken, and at which nobody listens.
class refusing_port
{
public:
  refusing_port() { acceptor_.bind({asio::ip::address_v4::loopback(), 0}); }
  asio::ip::tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

private:
  asio::io_context context_;
  asio::ip::tcp::acceptor acceptor_{context_, asio::ip::tcp::v4()};
};

} // namespace poetry::testing
