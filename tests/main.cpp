#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <csignal>
#include <cstdlib>
#include <unistd.h>

int main(int argc, char** argv)
{
  // A watchdog for all that waits: doctest names the test case in which a program was aborted.
  std::signal(SIGALRM, [](int) { std::abort(); });
  ::alarm(300);
  return doctest::Context(argc, argv).run();
}
