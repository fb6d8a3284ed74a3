#include "tests/fuzz/fuzz.hpp"

#include "common/address.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
  using namespace poetry;
  testing::refuse_or([&] {
    const auto addresses = parse_addresses(testing::as_text(data, size));
    testing::expect(!addresses.empty());
    for (const address& address : {addresses.front(), addresses.back()})
      testing::expect(parse_addresses(to_text(address)) == std::vector{address});
  });
  return 0;
}
