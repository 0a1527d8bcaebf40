// Looking into a file in a child process: what it finds, what it throws, and every way in which it can end badly.
#include <tessera/io/apart.hpp>

#include <csignal>
#include <cstdlib>
#include <thread>

#include "support.hpp"

namespace tessera::testing {
namespace {

TEST(Apart, ResultsAndErrorsComeBack) {
  const std::string large(std::size_t{3} << 20, 'x');  // more than a pipe holds
  EXPECT_EQ(io::apart("f.h5", [&] { return large; }), large);
  expect_parts(error_of<UsageError>([] { io::apart("f.h5", []() -> std::string { throw UsageError("f.h5: no"); }); }),
               {"f.h5: no"});
}

TEST(Apart, BadEndsAreErrors) {
  const auto message = [](const std::function<std::string()>& work) {
    return error_of<IoError>([&] { io::apart("f.h5", work, std::chrono::seconds(2)); });
  };
  expect_parts(message([]() -> std::string {
                 std::signal(SIGSEGV, SIG_DFL);
                 std::raise(SIGSEGV);
                 return {};
               }),
               {"f.h5", "Segmentation fault"});
  expect_parts(message([]() -> std::string { std::abort(); }), {"f.h5", "Aborted"});
  expect_parts(message([]() -> std::string {
                 for (;;) std::this_thread::sleep_for(std::chrono::seconds(1));
               }),
               {"f.h5", "more than 2 s"});
#ifndef __SANITIZE_ADDRESS__
  expect_parts(message([]() -> std::string { return std::string(std::size_t{1} << 40, 'x'); }), {"f.h5", "memory"});
#endif
}

}  // namespace
}  // namespace tessera::testing
