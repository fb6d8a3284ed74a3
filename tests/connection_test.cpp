#include "client/wait/connection.hpp"

#include "tests/poem_stage.hpp"

#include <asio/error.hpp>
#include <asio/use_future.hpp>
#include <doctest/doctest.h>
#include <memory>
#include <optional>
#include <vector>

using asio::ip::tcp;

namespace poetry::testing {
namespace {

std::vector<tcp::endpoint> endpoints_of(const poem_stage& stage)
{
  std::vector<tcp::endpoint> result;
  for (const auto& [host, port] : stage.addresses())
    result.emplace_back(asio::ip::make_address(host), port);
  return result;
}

/// The loop of `epoll_set`, until `done`.
template <class Condition>
void run_until(asio::io_context& context, connection_set& set, Condition done)
{
  for (;;)
  {
    context.restart();
    context.poll();
    if (done())
      return;
    set.wait_until(time_point::max());
  }
}

/// Reads until an error, in pieces of `size` bytes.
struct whole_read
{
  whole_read(connection& socket, std::size_t size) : socket_(socket), buffer_(size) {}

  void start()
  {
    socket_.async_read_some(
      asio::buffer(buffer_), [this](std::error_code error, std::size_t bytes) {
        text.append(buffer_.data(), bytes);
        result = error;
        if (!error)
          start();
      });
  }

  std::string text;
  std::error_code result;

private:
  connection& socket_;
  std::vector<char> buffer_;
};

TEST_CASE("a connection reads to the end with a buffer of any size")
{
  const std::string poem(300'000, 'x');
  for (const std::size_t size : {1000u, 65536u, 1'000'000u})
  {
    CAPTURE(size);
    poem_stage stage({{{poem + "end"}}}, 1);
    const auto endpoints = endpoints_of(stage);
    asio::io_context context;
    connection_set set(context);
    connection socket(set);
    whole_read read(socket, size);
    socket.async_connect(endpoints, [&](std::error_code error) {
      REQUIRE_FALSE(error);
      read.start();
    });
    run_until(context, set, [&] { return bool(read.result); });
    CHECK(read.result == asio::error::eof);
    CHECK(read.text == poem + "end");
  }
}

TEST_CASE("endpoints are tried in turn, and the last error is reported")
{
  poem_stage stage({{{"here"}}}, 1);
  const refusing_port refusing;
  const std::vector<tcp::endpoint> first_refuses = {refusing.endpoint(), endpoints_of(stage)[0]};
  const std::vector<tcp::endpoint> all_refuse = {refusing.endpoint(), refusing.endpoint()};
  const std::vector<tcp::endpoint> none;

  const auto outcome = [](const std::vector<tcp::endpoint>& endpoints) {
    asio::io_context context;
    connection_set set(context);
    std::optional<std::error_code> result;
    connection socket(set);
    socket.async_connect(endpoints, [&](std::error_code error) {
      result = error;
      socket.close();
    });
    CHECK_FALSE(result);
    run_until(context, set, [&] { return result.has_value(); });
    return *result;
  };
  CHECK_FALSE(outcome(first_refuses));
  CHECK(outcome(all_refuse) == asio::error::connection_refused);
  CHECK(outcome(none) == asio::error::not_found);
}

TEST_CASE("closing completes a waiting operation exactly once")
{
  poem_stage stage({{{"one chunk"}, performance::silence}}, 1);
  const auto endpoints = endpoints_of(stage);
  asio::io_context context;
  connection_set set(context);
  connection socket(set);
  std::array<char, 100> buffer = {};
  std::vector<std::error_code> results;
  socket.async_connect(endpoints, [&](std::error_code) {
    socket.async_read_some(asio::buffer(buffer), [&](std::error_code error, std::size_t) {
      REQUIRE_FALSE(error);
      socket.async_read_some(asio::buffer(buffer),
        [&](std::error_code closed, std::size_t) { results.push_back(closed); });
      socket.close();
      CHECK(results.empty());
    });
  });
  run_until(context, set, [&] { return !results.empty(); });
  context.poll();
  CHECK(results == std::vector<std::error_code>{asio::error::operation_aborted});
}

TEST_CASE("a handler of any size is kept until it is called or its loop is destroyed")
{
  const auto held = std::make_shared<int>(0);
  const auto small = [held](std::error_code) { ++*held; };
  const auto large = [held, ballast = std::array<char, 100>()](
                       std::error_code) { *held += static_cast<int>(ballast.size()); };
  const auto movable = [&] {
    return [held, only = std::make_unique<int>(1000)](std::error_code) { *held += *only; };
  };
  const auto keep = [&](auto handler, bool runs) {
    const auto handlers = held.use_count();
    poem_stage stage({{{}, performance::silence}}, 1);
    const auto endpoints = endpoints_of(stage);
    {
      asio::io_context context;
      connection_set set(context);
      connection socket(set);
      socket.async_connect(endpoints, std::move(handler));
      CHECK(held.use_count() == handlers + 1);
      const int before = *held;
      if (runs)
        run_until(context, set, [&] { return *held != before; });
    }
    CHECK(held.use_count() == handlers);
  };
  keep(small, true);
  CHECK(*held == 1);
  keep(large, true);
  CHECK(*held == 101);
  keep(movable(), true);
  CHECK(*held == 1101);
  keep(small, false);
  keep(large, false);
  keep(movable(), false);
  CHECK(*held == 1101);
}

TEST_CASE("any completion token works")
{
  poem_stage stage({{{"a future"}}}, 1);
  const auto endpoints = endpoints_of(stage);
  asio::io_context context;
  connection_set set(context);
  connection socket(set);
  auto connected = socket.async_connect(endpoints, asio::use_future);
  const auto is_ready = [](auto& future) {
    return future.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  };
  run_until(context, set, [&] { return is_ready(connected); });
  CHECK_NOTHROW(connected.get());
  std::array<char, 100> buffer = {};
  auto bytes = socket.async_read_some(asio::buffer(buffer), asio::use_future);
  run_until(context, set, [&] { return is_ready(bytes); });
  CHECK(std::string(buffer.data(), bytes.get()) == "a future");
}

} // namespace
} // namespace poetry::testing
