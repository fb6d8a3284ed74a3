#include "client/race/run/trace.hpp"

#include "client/figure/recording/trace_reader.hpp"
#include "client/race/plan/measurement.hpp"

#include <algorithm>
#include <vector>

namespace poetry::race {

double most_at_once(const std::filesystem::path& file, std::string& wrong)
{
  try
  {
    std::vector<double> ends;
    std::size_t most = 0;
    // Slices come by their start: those that have not ended by then go on at the same time.
    for (const figure::slice& slice : figure::read_recording(file).slices)
    {
      std::erase_if(ends, [&](double end) { return end <= slice.start; });
      ends.push_back(slice.end());
      most = std::max(most, ends.size());
    }
    return static_cast<double>(most);
  }
  catch (const std::exception& error)
  {
    wrong = error.what();
    return not_measured;
  }
}

} // namespace poetry::race
