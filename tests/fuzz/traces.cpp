#include "tests/fuzz/fuzz.hpp"

#include "client/figure/drawing/figures.hpp"
#include "client/figure/page/page.hpp"
#include "client/figure/recording/trace_reader.hpp"

#include <optional>

namespace {

std::optional<poetry::figure::recording> read(std::string_view trace)
{
  try
  {
    return poetry::figure::parse_recording(trace, "trace");
  }
  catch (const std::runtime_error&)
  {
    return std::nullopt; // it was refused
  }
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
  using namespace poetry::figure;
  // What was read can be drawn.
  if (const auto recording = read(poetry::testing::as_text(data, size)))
  {
    page_content content;
    content.recordings.push_back(*recording);
    make_page(content);
    draw_figures({.figure = "lanes", .moving = true}, content.recordings);
  }
  return 0;
}
