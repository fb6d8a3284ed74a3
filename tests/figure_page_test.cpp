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
  CHECK(page.find("servers must be running") == page.npos);
  for (const auto* outside : {"src=", "@import", "url(http", "fetch("})
    CHECK(page.find(outside) == page.npos);
  const auto data = data_of(page);
  REQUIRE(data["runs"].size() == 3);
  CHECK(data["runs"][1]["slices"]["ts"].size() == 33);
  CHECK(data["poems"].size() == 3);
}

TEST_CASE("what a race measured is on the page")
{
  auto page_content = content();
  measured_row blocking{"blocking", 3.0, {3.01, 3.02, 3.5}, 0.1, 4 << 20, 30, 1.5, "the sum", true};
  measured_row async{"async", 1.2, {1.24}, {}, {}, {}, {}, "the longest", false};
  page_content.scenarios.push_back({"essay", "Three poems.", {blocking, async}});
  page_content.claims.push_back({"async wins", "3.0 s, 1.2 s", claim::outcome::met});
  page_content.claims.push_back(
    {"one task is no faster", "1.0 s", claim::outcome::not_met, claim::kind::no_win});
  sweep sweep{"Wall clock over tasks", "More and more.", "tasks", "wall clock, s", {}};
  for (const double x : {1.0, 10.0, 100.0})
  {
    sweep.points.push_back({x, "blocking", x, {x, x * 1.1}});
    sweep.points.push_back({x, "async", 1.0, {1.0, 1.1, 1.2}});
  }
  page_content.sweeps.push_back(sweep);
  page_content.commands = {"poetry-race --scenario essay"};
  page_content.raw_results = "{\"a\":\"</script>\"}";
  const auto page = make_page(page_content);
  for (const auto* part : {"3.02 s", "predicted 3.00 s", "3.01 s to 3.50 s", "4.2 MB", "not met",
         "Where it does not", ">Wall clock over tasks</text>", "More and more. Every dot",
         "one task is no faster", "poetry-race --scenario essay"})
  {
    CAPTURE(part);
    CHECK(page.find(part) != page.npos);
  }
  CHECK(count_of(page, "data-kind=\"run\"") == 15);
  CHECK(data_of(page)["results"]["a"] == "</script>");
  CHECK(data_of(page)["runs"][0]["predicted"] == 3.0);
  page_content.raw_results = "{";
  CHECK_THROWS_AS(make_page(page_content), std::runtime_error);
}

TEST_CASE("a table has no empty columns")
{
  page_content page_content;
  page_content.scenarios.push_back({"one", "One.", {{"async", 1.0, {1.0}}, {"blocking", {}, {}}}});
  page_content.scenarios[0].rows[1].met = false;
  const auto page = make_page(page_content);
  CHECK(page.find("<th class=\"n\">measured</th>") != page.npos);
  CHECK(page.find("tick late") == page.npos);
  CHECK(page.find(">expected</th>") == page.npos);
  CHECK(page.find("<td class=\"not-met\">not met</td>") != page.npos);
}

TEST_CASE("a sweep's headline is about its two ends, its replay about what was recorded")
{
  auto page_content = content();
  scenario many{"many", "More and more tasks.", {}};
  for (const auto& [setting, blocking] :
    {std::pair("tasks 1", 0.1), std::pair("tasks 4", 0.4), std::pair("tasks 64", 6.4)})
  {
    many.rows.push_back({"blocking", blocking, {blocking + 0.01}});
    many.rows.back().setting = setting;
    many.rows.push_back({"async", 0.1, {0.12}});
    many.rows.back().setting = setting;
  }
  page_content.scenarios.push_back(many);
  page_content.recorded_setting = "tasks 1";
  const auto page = make_page(page_content);
  CHECK(count_of(page, "<div class=\"number\">") == 4);
  CHECK(page.find("<span class=\"of\">blocking, tasks 64</span><strong>6.41 s") != page.npos);
  CHECK(count_of(page, "<span class=\"bar\">") == 2);
  CHECK(page.find(">Replay, tasks 1</h2>") != page.npos);
  CHECK(data_of(page)["runs"][0]["predicted"] == 0.1);
}

TEST_CASE("foreign text does nothing in a page")
{
  auto page_content = content();
  page_content.title = evil;
  page_content.commands = {evil};
  page_content.claims.push_back({evil, evil, claim::outcome::met});
  page_content.scenarios.push_back({evil, evil, {{evil, 1.0, {1.0}, {}, {}, {}, {}, evil, true}}});
  page_content.sweeps.push_back({evil, evil, evil, evil, {{1, evil, 1.0, {1.0}}}});
  for (auto& run : page_content.recordings)
  {
    run.model = run.command = run.host = run.date = evil;
    run.tasks[0].poem = run.tasks[0].server = run.tasks[0].error = evil;
    run.tracks[0].name = evil;
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
  for (auto& task : page_content.recordings[0].tasks)
    task.poem = std::to_string(task.number) + std::string(30000, 'p');
  const auto page = make_page(page_content);
  CHECK(page.size() < 2'000'000);
  const auto data = data_of(page);
  CHECK(data["runs"][0]["slices"]["ts"].size() == 12000);
  CHECK(data["runs"][0]["tasks"][1199]["bytes"] == 30004);
  CHECK(data["poems"][0].get<std::string>().size() > 20000);
  CHECK(data["poems"][1199].get<std::string>().size() > 40);
}

TEST_CASE("commands of recorded runs are given with what they need")
{
  auto page_content = content();
  page_content.commands = {"get-poetry-async 10000"};
  CHECK(make_page(page_content).find("servers must be running") != std::string::npos);
}

TEST_CASE("runs too large to be recorded leave no empty replay")
{
  page_content page_content;
  page_content.scenarios.push_back({"many", "Many tasks.", {{"async", 1.0, {1.0}}}});
  const auto page = make_page(page_content);
  CHECK(page.find("id=\"replay\"") == page.npos);
  CHECK(page.find(">No replay<") != page.npos);
}

TEST_CASE("a page of nothing is still a page")
{
  page_content page_content;
  page_content.title = "Nothing";
  CHECK(make_page(page_content).find("<h1>Nothing</h1>") != std::string::npos);
}

} // namespace poetry::testing
