#pragma once

#include "common/descriptor_set.hpp"
#include "common/duration.hpp"

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace poetry {

/// `127.0.0.1:10000` or `[::1]:10000`.
std::string to_text(const asio::ip::tcp::endpoint& endpoint);

struct house_rules
{
  std::uint64_t seats = 0;
  bool one_at_a_time = false;
};

/// The ports a server listens on, and the rule who is let in when: as many readers as there are
/// seats, on a port one at a time if so wished. Whom there is no room for waits in the backlog.
class reception
{
public:
  /// Called for each connection let in, a non-blocking native descriptor that is the callee's from
  /// now on; `port` counts from zero in the order of opening.
  using arrival_function =
    std::function<void(std::size_t port, int descriptor, const asio::ip::tcp::endpoint& from)>;

  reception(asio::io_context& context, descriptor_set& descriptors, house_rules rules,
    arrival_function arrive);
  ~reception() { close(); }
  reception(const reception&) = delete;
  reception& operator=(const reception&) = delete;

  /// Listens on one more port and returns its address. A port that is to `refuse` is bound, but
  /// nobody listens. Throws `std::runtime_error`, naming the address, when that is impossible.
  asio::ip::tcp::endpoint open(const asio::ip::tcp::endpoint& where, bool refuse);
  /// The port's reader has been served: the next may have its turn, though the seat is still taken.
  void served(std::size_t port);
  /// A seat is free again.
  void left();
  /// Nobody is let in any more; whoever waits in a backlog is reset.
  void close();

  /// When accepting, which rests, is to be tried again; the end of all time when it does not rest.
  time_point next_try() const { return next_try_; }
  void try_again();
  /// How often accepting rested for want of descriptors or memory.
  std::uint64_t rests() const { return rests_; }

private:
  enum class door_state
  {
    waiting,  ///< for somebody to knock
    queueing, ///< somebody knocks, but there is no room
    busy,     ///< one at a time: until the reader inside has been served
    closed
  };
  struct door
  {
    int listener;
    std::uint64_t key = 0; ///< under which the listener is watched
    door_state state = door_state::waiting;
    std::uint32_t readers = 0;
  };

  void knocked(std::size_t port);
  void wait(std::size_t port);
  void accept(std::size_t port);
  void queue(std::size_t port);
  void rest(std::size_t port, int error);
  void let_in_queue();

  asio::io_context& context_;
  descriptor_set& descriptors_;
  house_rules rules_;
  arrival_function arrive_;
  std::vector<door> doors_;
  std::deque<std::size_t> queue_;
  std::uint64_t taken_ = 0;
  std::uint64_t rests_ = 0;
  bool turn_posted_ = false;
  time_point next_try_ = time_point::max();
};

} // namespace poetry
