#include "tests/fuzz/fuzz.hpp"

#include "client/models.hpp"
#include "client/options.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
  using namespace poetry;
  // The model that has an option of its own.
  testing::parse_lines(testing::as_text(data, size),
    [](int argc, char** argv) { parse_client_options(find_model("mixed"), argc, argv); });
  return 0;
}
