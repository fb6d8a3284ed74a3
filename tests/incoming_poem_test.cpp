#include "client/poem/incoming_poem.hpp"

#include "client/run/download.hpp"
#include "client/run/run.hpp"

#include <asio/error.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <cerrno>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <unistd.h>

namespace poetry::testing {
namespace {

using namespace std::chrono_literals;
using asio::ip::tcp;

/// One poem of one run, fed by hand.
class hand_fed_poem
{
public:
  explicit hand_fed_poem(client_options options = {})
    : run_(with_server(std::move(options)), interruption_), poem_(run_, run_.downloads()[0])
  {
    run_.begin();
  }

  std::error_code start()
  {
    const auto error = poem_.started();
    if (!error)
      return poem_.connected(-1);
    return error;
  }

  std::error_code feed(std::string_view text)
  {
    std::error_code error;
    poem_.received(text, text.size(), error);
    return error;
  }

  const download& finish(std::error_code error)
  {
    poem_.finished(error);
    return poem_.record();
  }

  incoming_poem& poem() { return poem_; }

private:
  static client_options with_server(client_options options)
  {
    if (options.servers.empty())
      options.servers = {{"127.0.0.1", 10000}};
    options.quiet = true;
    return options;
  }

  interruption interruption_;
  run run_;
  incoming_poem poem_;
};

class scratch_folder
{
public:
  scratch_folder()
  {
    std::string name = (std::filesystem::temp_directory_path() / "poetry-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~scratch_folder() { std::filesystem::remove_all(path_); }

  std::string operator/(const char* name) const { return (path_ / name).string(); }
  std::string path() const { return path_.string(); }

private:
  std::filesystem::path path_;
};

std::string content(const std::string& path)
{
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string write(const std::string& path, std::string_view text)
{
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

TEST_CASE("end of file means success, and every byte is counted and checked")
{
  hand_fed_poem fed;
  REQUIRE_FALSE(fed.start());
  CHECK_FALSE(fed.feed("1234"));
  CHECK_FALSE(fed.feed("56789"));
  const auto& record = fed.finish(asio::error::eof);
  CHECK(record.status == download_status::complete);
  CHECK(record.bytes == 9);
  CHECK(record.reads == 2);
  CHECK(record.crc32 == 0xcbf43926); // the check value every CRC-32 is published with
  CHECK(record.first_byte >= record.connected);
  CHECK(record.end >= record.first_byte);
}

TEST_CASE("a reset means failure, even after the last byte")
{
  hand_fed_poem fed;
  REQUIRE_FALSE(fed.start());
  fed.feed("half a po");
  const auto& record = fed.finish(asio::error::connection_reset);
  CHECK(record.status == download_status::failed);
  CHECK(record.bytes == 9);
}

TEST_CASE("a chunk may end inside a character: bytes are bytes")
{
  hand_fed_poem fed(client_options{.print = true});
  REQUIRE_FALSE(fed.start());
  fed.feed("St\xc3");
  fed.feed("\xbchle");
  fed.finish(asio::error::eof);
  CHECK(fed.poem().text() == "St\xc3\xbchle");
  CHECK(fed.poem().record().bytes == 7);
}

TEST_CASE("text is kept only when it is to be printed")
{
  hand_fed_poem fed;
  REQUIRE_FALSE(fed.start());
  fed.feed("gone with the wind");
  CHECK(fed.poem().text().empty());
}

TEST_CASE("a poem longer than --max-bytes fails at that byte")
{
  hand_fed_poem fed(client_options{.max_bytes = 5});
  REQUIRE_FALSE(fed.start());
  CHECK_FALSE(fed.feed("12345"));
  CHECK(fed.feed("6") == download_error::too_long);
  CHECK(fed.poem().record().bytes == 5);
}

TEST_CASE("a poem is compared with the expected one while it arrives")
{
  scratch_folder folder;
  const client_options options{.verify = {write(folder / "poem", "to wait")}};
  SUBCASE("an equal one is complete")
  {
    hand_fed_poem fed(options);
    REQUIRE_FALSE(fed.start());
    CHECK_FALSE(fed.feed("to w"));
    CHECK_FALSE(fed.feed("ait"));
    CHECK(fed.finish(asio::error::eof).status == download_status::complete);
  }
  SUBCASE("another one fails where it differs")
  {
    hand_fed_poem fed(options);
    REQUIRE_FALSE(fed.start());
    CHECK_FALSE(fed.feed("to w"));
    CHECK(fed.feed("aste") == download_error::differs);
  }
  SUBCASE("a shorter one fails at its end")
  {
    hand_fed_poem fed(options);
    REQUIRE_FALSE(fed.start());
    CHECK_FALSE(fed.feed("to"));
    CHECK(fed.finish(asio::error::eof).error == download_error::too_short);
  }
  SUBCASE("a longer one fails where the other ends")
  {
    hand_fed_poem fed(options);
    REQUIRE_FALSE(fed.start());
    CHECK_FALSE(fed.feed("to wait"));
    CHECK(fed.feed("!") == download_error::differs);
  }
}

TEST_CASE("a poem is on disk as it arrives, and loses its .part when it is whole")
{
  scratch_folder folder;
  hand_fed_poem fed(client_options{.output = folder.path()});
  REQUIRE_FALSE(fed.start());
  fed.feed("line one\n");
  CHECK(content(folder / "1-127.0.0.1-10000.txt.part") == "line one\n");
  SUBCASE("whole")
  {
    fed.finish(asio::error::eof);
    CHECK(content(folder / "1-127.0.0.1-10000.txt") == "line one\n");
    CHECK_FALSE(std::filesystem::exists(folder / "1-127.0.0.1-10000.txt.part"));
  }
  SUBCASE("cut off")
  {
    fed.finish(asio::error::connection_reset);
    CHECK(content(folder / "1-127.0.0.1-10000.txt.part") == "line one\n");
  }
}

TEST_CASE("a disk that is full fails the download")
{
  scratch_folder folder;
  std::filesystem::create_symlink("/dev/full", folder / "1-127.0.0.1-10000.txt.part");
  hand_fed_poem fed(client_options{.output = folder.path()});
  REQUIRE_FALSE(fed.start());
  CHECK(fed.feed("no room for this").value() == ENOSPC);
}

TEST_CASE("a wait that ended at its deadline is a timeout of what was waited for")
{
  SUBCASE("the connection")
  {
    hand_fed_poem fed(client_options{.connect_timeout = 0ms});
    REQUIRE_FALSE(fed.poem().started());
    CHECK(fed.finish(asio::error::timed_out).error == download_error::connect_timeout);
  }
  SUBCASE("a byte")
  {
    hand_fed_poem fed(client_options{.idle_timeout = 0ms});
    REQUIRE_FALSE(fed.start());
    CHECK(fed.finish(asio::error::operation_aborted).error == download_error::idle_timeout);
  }
  SUBCASE("the run's time, which cancels")
  {
    hand_fed_poem fed(client_options{.max_time = 0ms});
    CHECK(fed.poem().started() == download_error::out_of_time);
    CHECK(fed.finish(download_error::out_of_time).status == download_status::cancelled);
  }
}

TEST_CASE("a timeout reported by the system is not renamed")
{
  hand_fed_poem fed;
  REQUIRE_FALSE(fed.start());
  CHECK(fed.finish(asio::error::timed_out).error == asio::error::timed_out);
}

TEST_CASE("each byte that arrives extends the deadline")
{
  hand_fed_poem fed(client_options{.connect_timeout = 1h, .idle_timeout = 2h});
  REQUIRE_FALSE(fed.poem().started());
  CHECK(fed.poem().deadline() == fed.poem().record().start + 1h);
  CHECK_FALSE(fed.poem().connected(-1));
  const auto before = fed.poem().deadline();
  CHECK(before == fed.poem().record().connected + 2h);
  fed.feed("x");
  CHECK(fed.poem().deadline() > before);
}

TEST_CASE("a socket that is connected to itself is refused, and frees its port at once")
{
  asio::io_context context;
  for (const std::string host : {"127.0.0.1", "::1"})
  {
    CAPTURE(host);
    tcp::socket itself(context);
    std::error_code error;
    itself.open(tcp::endpoint(asio::ip::make_address(host), 0).protocol());
    itself.bind({asio::ip::make_address(host), 0}, error);
    if (error)
      continue; // no IPv6 here
    const tcp::endpoint endpoint = itself.local_endpoint();
    itself.connect(endpoint);
    hand_fed_poem fed(client_options{.servers = {{host, endpoint.port()}}});
    REQUIRE_FALSE(fed.poem().started());
    CHECK(fed.poem().connected(itself.native_handle()) == asio::error::connection_refused);
    itself.close();
    tcp::acceptor server(context);
    server.open(endpoint.protocol());
    CHECK_NOTHROW(server.bind(endpoint));
  }
}

} // namespace
} // namespace poetry::testing
