#include "tests/fuzz/fuzz.hpp"

#include "common/duration.hpp"
#include "common/text.hpp"
#include "server/fault.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
  using namespace poetry;
  using namespace poetry::testing;
  const auto text = as_text(data, size);
  refuse_or([&] {
    const duration time = parse_duration(text);
    expect(time >= duration::zero() && parse_duration(to_text(time)) == time);
  });
  refuse_or([&] {
    const auto count = parse_count(text);
    expect(parse_count(std::to_string(count)) == count && parse_size(text) == count);
  });
  refuse_or([&] { parse_size(text); });
  refuse_or([&] { expect(bytes_before(parse_fault(text), 1000) <= 1000); });
  return 0;
}
