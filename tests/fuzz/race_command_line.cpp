#include "tests/fuzz/fuzz.hpp"

#include "client/race/options.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
  using namespace poetry;
  testing::parse_lines(testing::as_text(data, size), race::parse_race_options);
  return 0;
}
