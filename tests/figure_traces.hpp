#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace poetry::testing {

/// A piece of work as a client would have recorded it, in microseconds.
struct worked
{
  int thread;
  int task;
  double start;
  double length;
  std::uint64_t bytes;
};

/// The trace of a run with this work: tasks last from their first piece of work to the end of
/// their last. `poems`, when given, are those of task 1, 2, ...
std::string trace_of(const std::string& model, const std::vector<worked>& work,
  const std::vector<std::string>& poems = {});

/// Three tasks of ten chunks of five bytes every 100 ms, 20 ms of work each: one after another,
/// interleaved in one thread, each in a thread of its own.
std::vector<worked> one_after_another();
std::vector<worked> interleaved();
std::vector<worked> in_threads();

} // namespace poetry::testing
