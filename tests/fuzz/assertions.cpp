#include "tests/fuzz/fuzz.hpp"

#include "client/race/plan/assertion.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
  using namespace poetry;
  testing::refuse_or([&] {
    for (const race::quantity& quantity : race::quantities_of(testing::as_text(data, size)))
      testing::expect(race::quantities_of("1 < " + to_text(quantity)).front() == quantity);
  });
  return 0;
}
