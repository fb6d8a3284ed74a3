#include "client/figure/page/page.hpp"
#include "client/figure/recording/trace_reader.hpp"
#include "tests/figure_traces.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

namespace poetry::testing {

using namespace figure;
using nlohmann::json;

namespace {

const std::string evil =
  "</script><img src=x onerror=\"document.title=1\"><!--\x1b[31m\x07{{data}}";

page_content content()
{
  page_content content;
  content.title = "What waiting costs";
  for (const auto& [model, work] : {std::pair("blocking", one_after_another()),
         std::pair("async", interleaved()), std::pair("threads", in_threads())})
    content.recordings.push_back(
      parse_recording(trace_of(model, work, {"one", "two", "three"}), model));
  return content;
}

json data_of(const std::string& page)
{
  const std::string open = "<script type=\"application/json\" id=\"data\">";
  const auto from = page.find(open) + open.size();
  return json::parse(page.substr(from, page.find("</script>", from) - from));
}

std::size_t count_of(const std::string& text, const std::string& part)
{
  std::size_t count = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + part.size()))
    ++count;
  return count;
}

} // namespace

TEST_CASE("a page holds its figures, its recordings and nothing from elsewhere")
{
  const auto page = make_page(content());
  CHECK(count_of(page, "<figure>") == 7);
  CHECK(count_of(page, "{{") == 0);
  CHECK(count_of(page, "<script") == 2);
  for (const auto* outside : {"src=", "@import", "url(http", "fetch("})
    CHECK(page.find(outside) == page.npos);
  const auto data = data_of(page);
  REQUIRE(data["runs"].size() == 3);
  CHECK(data["runs"][1]["slices"].size() == 33);
  CHECK(data["poems"].size() == 3);
}

TEST_CASE("a page of recordings begins with the slowest run and the fastest")
{
  auto page_content = content();
  auto page = make_page(page_content);
  CHECK(count_of(page, "<div class=\"number\">") == 2);
  const auto slowest = page.find("<span class=\"of\">blocking</span><strong>3.000 s</strong>"
                                 "<span class=\"hint\">its downloads add up to 3.000 s</span>");
  REQUIRE(slowest != page.npos);
  CHECK(page.find("<span class=\"of\">threads</span><strong>0.920 s</strong>") > slowest);
  page_content.recordings.resize(1);
  page_content.recordings[0].seen_by_servers = true;
  page = make_page(page_content);
  CHECK(count_of(page, "<div class=\"number\">") == 1);
  CHECK(page.find("add up to") == page.npos);
}

TEST_CASE("what a race measured is on the page")
{
  auto page_content = content();
  page_content.headline = {{{"blocking", 3.02, "predicted 3.000 s"}, {"async", 1.24}}, "", {}};
  page_content.headline.bars = page_content.headline.numbers;
  page_content.recordings[0].predicted = 3e6;
  page_content.results = {{"essay", "Three poems.",
    {{"model"}, {"measured", table::kind::number}, {"verdict", table::kind::verdict}},
    {{"blocking", "3.020 s", "met"}, {"async", "1.240 s", "not met"}}, {"a remark"}}};
  page_content.claims = {"", "", {{"claim"}, {"measured"}, {"verdict", table::kind::verdict}},
    {{"Where it does not"}, {"one task is no faster", "1.000 s", "inconclusive"}}, {}};
  sweep sweep{"Wall clock over tasks", "More and more.", "tasks", "wall clock, s", {}};
  for (const double x : {1.0, 10.0, 100.0})
  {
    sweep.points.push_back({x, "blocking", x, {x, x * 1.1}});
    sweep.points.push_back({x, "async", 1.0, {1.0, 1.1, 1.2}});
  }
  page_content.sweeps.push_back(sweep);
  page_content.command = "poetry-race --scenario essay";
  page_content.raw_results = "{\"a\":\"</script>\"}";
  const auto page = make_page(page_content);
  for (const auto* part : {"<span class=\"of\">blocking</span><strong>3.020 s", "predicted 3.000 s",
         "<p>Three poems.</p>", "<th class=\"n\">measured</th>",
         "<th scope=\"row\">blocking</th><td class=\"n\">3.020 s</td>",
         "<td class=\"verdict met\">met</td>", "<td class=\"verdict not met\">not met</td>",
         "<p class=\"note\">a remark</p>",
         "<th colspan=\"3\" scope=\"rowgroup\">Where it does not</th>",
         "<td class=\"verdict inconclusive\">inconclusive</td>", ">Wall clock over tasks</text>",
         "More and more. Every dot", "poetry-race --scenario essay"})
  {
    CAPTURE(part);
    CHECK(page.find(part) != page.npos);
  }
  CHECK(count_of(page, "class=\"run t") == 15);
  CHECK(count_of(page, "<div class=\"number\">") == 2);
  CHECK(count_of(page, "<span class=\"bar\">") == 2);
  CHECK(data_of(page)["results"]["a"] == "</script>");
  CHECK(data_of(page)["runs"][0]["predicted"] == 3.0);
}

TEST_CASE("of a sweep the page says which of its points was recorded")
{
  auto page_content = content();
  page_content.recorded_setting = "tasks 1";
  CHECK(make_page(page_content).find(">Replay, tasks 1</h2>") != std::string::npos);
}

TEST_CASE("text from outside does nothing in a page")
{
  auto page_content = content();
  page_content.title = evil;
  page_content.command = evil;
  const table table{
    evil, evil, {{evil}, {evil, table::kind::verdict}}, {{evil}, {evil, evil}}, {evil}};
  page_content.claims = table;
  page_content.results = {table};
  page_content.headline = {{{evil, 1, evil}}, evil, {{evil, 1}}};
  page_content.sweeps.push_back({evil, evil, evil, evil, {{1, evil, 1.0, {1.0}}}});
  for (auto& run : page_content.recordings)
  {
    run.model = run.command = run.host = run.date = evil;
    run.tasks[0].poem = run.tasks[0].server = run.tasks[0].error = evil;
  }
  const auto page = make_page(page_content);
  CHECK(page.find("<img") == page.npos);
  CHECK(count_of(page, "</script>") == 2);
  CHECK(count_of(page, "<!--") == 0);
  CHECK(page.find('\x1b') == page.npos);
  CHECK(data_of(page)["title"] == evil);
}

TEST_CASE("a page of many poems keeps the beginning of each")
{
  std::vector<worked> work;
  for (int i = 0; i < 12000; ++i)
    work.push_back({1, i % 1200 + 1, i * 100.0, 40, 10});
  page_content page_content;
  page_content.recordings.push_back(parse_recording(trace_of("async", work), "many.json"));
  auto& tasks = page_content.recordings[0].tasks;
  for (std::size_t i = 0; i < tasks.size(); ++i)
    tasks[i].poem = std::to_string(i + 1) + std::string(30000, 'p');
  const auto page = make_page(page_content);
  CHECK(page.size() < 2'000'000);
  const auto data = data_of(page);
  CHECK(data["runs"][0]["slices"].size() == 12000);
  CHECK(data["runs"][0]["result"]["tasks"][1199]["bytes"] == 30004);
  for (const std::string poem : data["poems"])
    CHECK(poem.size() > 40);
}

TEST_CASE("the page says what recorded commands need")
{
  auto page_content = content();
  const auto page = make_page(page_content);
  CHECK(page.find("servers must be running") != page.npos);
  CHECK(page.find("<pre class=\"command\">get-poetry-threads</pre>") != page.npos);
  page_content.command = "poetry-race";
  CHECK(make_page(page_content).find("servers must be running") == page.npos);
}

TEST_CASE("runs too large to be recorded leave no empty replay")
{
  page_content page_content;
  page_content.results = {{"many", "Many tasks.", {{"model"}}, {{"async"}}, {}}};
  const auto page = make_page(page_content);
  CHECK(page.find("id=\"replay\"") == page.npos);
  CHECK(page.find(">No replay<") != page.npos);
  CHECK(page.find("No run ended well") != page.npos);
}

TEST_CASE("an empty page is still a page")
{
  page_content page_content;
  page_content.title = "Nothing";
  CHECK(make_page(page_content).find("<h1>Nothing</h1>") != std::string::npos);
}

} // namespace poetry::testing
