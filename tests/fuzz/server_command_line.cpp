#include "tests/fuzz/fuzz.hpp"

#include "server/options.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
  using namespace poetry;
  testing::parse_lines(testing::as_text(data, size), parse_server_options);
  return 0;
}
