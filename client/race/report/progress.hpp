#pragma once

#include "common/duration.hpp"

#include <cstdint>
#include <string>

namespace poetry::race {

/// Tells on stderr which run of how many is on, and how long the rest will take: on a terminal in
/// one line that is overwritten, elsewhere in a line for each run.
class progress
{
public:
  progress(std::uint64_t runs, duration time);
  ~progress();
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;

  /// Another run begins; it should take `expected`.
  void next(const std::string& what, duration expected);
  /// Takes the line away, for something else is about to be written.
  void clear();

private:
  bool terminal_;
  std::uint64_t runs_;
  std::uint64_t run_ = 0;
  duration left_;
  bool shown_ = false;
};

} // namespace poetry::race
