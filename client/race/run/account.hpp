#pragma once

#include "client/figure/recording/recording.hpp"
#include "client/race/run/client_process.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <queue>
#include <string>
#include <type_traits>
#include <vector>

namespace poetry::race {

struct contender;
struct group;

/// Adds to the reasons why a run is wrong.
inline void add_reason(std::string& reasons, const std::string& reason)
{
  if (!reasons.empty() && !reason.empty())
    reasons += "; ";
  reasons += reason;
}

/// A connection as its server saw it.
struct connection
{
  /// Bytes that were sent at a time.
  struct part
  {
    time_point at;
    std::uint64_t bytes;
  };

  std::string server;
  time_point accepted;
  /// When the server sent FIN or RST, or saw that the reader had left.
  time_point ended = time_point::max();
  std::uint64_t bytes = 0;
  /// In the server's words, such as `whole`, `left` or `faulted`.
  std::string ending = {};
  /// Only of a server that logs every chunk.
  std::vector<part> parts = {};
};

/// The greatest number of intervals at a time; they come by their start.
template <class Interval, class Start, class End>
double most_at_once(const std::vector<Interval>& intervals, Start start, End end)
{
  using time = std::decay_t<std::invoke_result_t<End, const Interval&>>;
  std::priority_queue<time, std::vector<time>, std::greater<>> open_until;
  std::size_t most = 0;
  for (const Interval& next : intervals)
  {
    while (!open_until.empty() && open_until.top() <= std::invoke(start, next))
      open_until.pop();
    open_until.push(std::invoke(end, next));
    most = std::max(most, open_until.size());
  }
  return static_cast<double>(most);
}

/// What servers report about their readers: all that is known of a client that reports nothing.
struct account
{
  std::vector<connection> connections;
  /// What else the servers wrote, such as warnings.
  std::string complaints;

  /// Adds what one server wrote: lines of its log in JSON, and complaints.
  void read(const std::string& log);
  /// How many of a group's poems were taken whole, none more often than it should be.
  std::uint64_t whole(const group& group) const;
};

/// Counts the readers of all servers together, by the servers' own account.
class reader_count
{
public:
  explicit reader_count(const std::deque<child>& servers) : servers_(servers) {}

  /// Asks all servers at the same moment how many readers they have, once all have answered the
  /// question before. Returns what they answered last.
  std::uint64_t ask();
  /// The most that they ever answered.
  double most() const { return static_cast<double>(most_); }

private:
  const std::deque<child>& servers_;
  time_point asked_;
  std::uint64_t last_ = 0;
  std::uint64_t most_ = 0;
};

/// A client's run from the account, marked as seen by the servers: a task for each connection.
/// Throws `std::system_error` when a poem cannot be read.
figure::recording recording_of(
  const account& account, const group& group, const contender& contender, const client_end& end);

} // namespace poetry::race
