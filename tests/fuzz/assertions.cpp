#include "tests/fuzz/fuzz.hpp"

#include "client/race/plan/assertion.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
  using namespace poetry;
  testing::refuse_or([&] {
    const race::assertion assertion(testing::as_text(data, size));
    assertion.holds(std::vector<double>(assertion.quantities().size(), 0.5));
    for (const race::quantity& quantity : assertion.quantities())
      testing::expect(race::assertion("1 < " + to_text(quantity)).quantities().front() == quantity);
  });
  return 0;
}
