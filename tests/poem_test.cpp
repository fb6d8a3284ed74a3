#include "server/poem.hpp"

#include <cstdlib>
#include <doctest/doctest.h>
#include <fstream>

namespace poetry::testing {
namespace {

namespace fs = std::filesystem;

/// A folder of its own, gone at the end of the test.
class folder
{
public:
  folder()
  {
    std::string name = fs::temp_directory_path() / "poems-XXXXXX";
    path_ = ::mkdtemp(name.data());
  }
  ~folder() { fs::remove_all(path_); }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;

  fs::path write(const std::string& name, const std::string& text) const
  {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path_ / name;
  }
  const fs::path& path() const { return path_; }

private:
  fs::path path_;
};

} // namespace

TEST_CASE("a poem is the bytes of its file, text or not")
{
  const folder here;
  const std::string bytes("\0\xff line\r\n", 9);
  const std::string path = here.write("odd.txt", bytes);
  const poem poem = load_poem(path, here.path());
  CHECK(poem.text == bytes);
  CHECK(poem.name == path);
}

TEST_CASE("a name that is no file is looked up among the poems that come with the program")
{
  const folder ours;
  ours.write("waiting-for-nobody.txt", "still here");
  CHECK(load_poem("waiting-for-nobody.txt", ours.path()).text == "still here");
  CHECK(load_poem("waiting-for-nobody", ours.path()).text == "still here");
  CHECK(load_poem("waiting-for-nobody", ours.path()).name == "poems/waiting-for-nobody.txt");
}

TEST_CASE("a poem that cannot be served is refused by name, and the known ones are listed")
{
  const folder ours;
  ours.write("waiting-for-nobody.txt", "still here");
  const std::string empty = ours.write("empty.txt", "");
  CHECK_THROWS_WITH(load_poem("no-such-poem", ours.path()),
    "cannot serve 'no-such-poem': no such file, nor a poem that comes with the program (empty, "
    "waiting-for-nobody)");
  CHECK_THROWS_WITH(load_poem("no-such-poem", ours.path() / "nowhere"),
    "cannot serve 'no-such-poem': no such file");
  CHECK_THROWS_WITH(load_poem(empty, ours.path()), doctest::Contains("it is empty"));
  CHECK_THROWS_WITH(load_poem(ours.path(), ours.path()), doctest::Contains("Is a directory"));
  CHECK_THROWS_WITH(load_poem("", ours.path()), doctest::Contains("no such file"));
  CHECK_THROWS_WITH(
    load_poem("../waiting-for-nobody", ours.path() / "deeper"), doctest::Contains("no such file"));
}

} // namespace poetry::testing
