#pragma once

#include <cstdint>
#include <string>

namespace poetry::race {

/// Tells on stderr which run of how many is on, and how long the rest will take: on a terminal in
/// one line that is overwritten, elsewhere in a line for each run.
class progress
{
public:
  progress(std::uint64_t runs, double seconds) : runs_(runs), left_(seconds) {}
  ~progress() { clear(); }
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;

  /// Another run begins; it should take that many seconds.
  void next(const std::string& what, double seconds);
  /// Takes the line away, for something else is about to be written.
  void clear();

private:
  std::uint64_t runs_;
  std::uint64_t run_ = 0;
  double left_;
  bool shown_ = false;
};

} // namespace poetry::race
