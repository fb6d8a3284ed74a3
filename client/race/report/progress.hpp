#pragma once

#include "common/duration.hpp"

#include <cstdint>
#include <string>

namespace poetry::race {

/// Tells on stderr which run of how many is on, and how long the rest will take: on a terminal in
/// one line that is overwritten, elsewhere in a line for each run and, while a crowd is connected,
/// one every ten seconds.
class progress
{
public:
  progress() = default;
  ~progress() { clear(); }
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;

  /// There are so many more runs, which should take that many seconds.
  void expect(std::uint64_t runs, double seconds);
  /// Another run begins; it should take that many seconds for so many tasks.
  void next(const std::string& what, double seconds, std::uint64_t tasks);
  /// So many of its tasks are connected now.
  void connected(std::uint64_t tasks);
  /// Takes the line away, for something else is about to be written.
  void clear();

private:
  void show(const std::string& details);

  std::uint64_t runs_ = 0;
  std::uint64_t run_ = 0;
  std::string what_;
  std::uint64_t tasks_ = 0;
  /// How many seconds this run and the rest should take, from its beginning on.
  double left_ = 0;
  double this_ = 0;
  time_point began_;
  time_point told_;
  bool shown_ = false;
};

} // namespace poetry::race
