// Arithmetic between numbers against Python itself.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "statements.hpp"

namespace tessera::language {
namespace {

const std::vector<std::string> expressions = {"1 + 2 * 3",
                                              "-2 ** 2",
                                              "2 ** -1",
                                              "2 ** 3 ** 2",
                                              "-2 ** -2",
                                              "2 ** -2 ** 2",
                                              "7 / 2",
                                              "6 / 3",
                                              "7 // 2",
                                              "-7 // 2",
                                              "7 // -2",
                                              "-7 % 3",
                                              "7 % -3",
                                              "7.5 // 2",
                                              "-7.5 // 2",
                                              "-7.5 % 2",
                                              "7.5 % -2",
                                              "5.0 % 5.0",
                                              "-5.0 % 5.0",
                                              "1e300 * 1e10",
                                              "1 - 2 - 3",
                                              "8 / 4 / 2",
                                              "8 // 3 * 3 + 8 % 3",
                                              "1 << 4 + 1",
                                              "~5",
                                              "~-6",
                                              "5 & 3 | 4 ^ 1",
                                              "1 | 2 ^ 3 & 4",
                                              "255 >> 2 << 1",
                                              "-255 >> 3",
                                              "3 < 4",
                                              "3 >= 4",
                                              "1 == 1.0",
                                              "2 != 2",
                                              "True + True",
                                              "True & False",
                                              "True | False",
                                              "True ^ True",
                                              "True * 3",
                                              "True < 2",
                                              "-True",
                                              "10 - -3",
                                              "--3",
                                              "+-+3",
                                              "1 + 2j",
                                              "1j * 1j",
                                              "(1 + 2j) * (3 - 4j)",
                                              "(1+2j) / (1-1j)",
                                              "(1+2j) == (1+2j)",
                                              "1j ** 2 == -1+0j",
                                              "9223372036854775807",
                                              "-9223372036854775808",
                                              "9223372036854775807 + 1",
                                              "18446744073709551615 - 18446744073709551614",
                                              "3 * 6148914691236517205",
                                              "2 ** 63",
                                              "2 ** 63 - 1",
                                              "-2 ** 63",
                                              "2 ** 64 - 1 == 18446744073709551615" /* 2**64 overflows: below */,
                                              "9007199254740993 == 9007199254740992.0",
                                              "9007199254740993 > 9007199254740992.0",
                                              "9223372036854775807 == 9223372036854775808.0",
                                              "1e16",
                                              "1e15",
                                              "123456789012345680.0",
                                              "0.1 + 0.2",
                                              "1e-5",
                                              "0.0001",
                                              "1/3",
                                              "2 ** 0.5",
                                              "(-8) ** 2",
                                              "4 ** 0.5",
                                              "0 ** 0",
                                              "0.0 ** 0",
                                              "10 ** 18",
                                              "-7 // 2 * 2 + -7 % 2",
                                              "1_000 * 0x10",
                                              "5 % 3 ** 2",
                                              "-5 % 3 ** 2",
                                              "-(3) ** 2",
                                              "3 - -(-3)",
                                              "2 * -3",
                                              "2 ** +3",
                                              "1 < 2 & 3",
                                              "1 + 1 == 2",
                                              "(1, 2.5, True, None)",
                                              "(1,)",
                                              "()",
                                              "[1, 2][1]",
                                              "(4, 5, 6)[-1]",
                                              "7 - 2 * 3 ** 2 // 4 % 5",
                                              "-0.0",
                                              "0.0 * -1",
                                              "1e22",
                                              "12345678.9",
                                              "3e-310",
                                              "1.7976931348623157e308",
                                              "9 // 4.0",
                                              "-9 // 4.0",
                                              "2.5e-3",
                                              "~True + 2 == 2 - 2" /* differs: below */};

/// What Python prints for each line.
std::vector<std::string> python(const std::vector<std::string>& lines) {
  const std::string file = ::testing::TempDir() + "tessera_scalar_test.txt";
  {
    std::ofstream out(file);
    for (const auto& line : lines) out << line << "\n";
  }
  const std::string command =
      "/usr/bin/python3 -W ignore -c \"\nfor line in open('" + file + "'):\n  print(eval(line.strip()))\n\"";
  std::vector<std::string> results;
  if (FILE* pipe = popen(command.c_str(), "r")) {
    std::array<char, 1000> line;
    while (std::fgets(line.data(), line.size(), pipe))
      results.emplace_back(line.data(), std::string_view(line.data()).find('\n'));
    pclose(pipe);
  }
  std::remove(file.c_str());
  return results;
}

TEST(Scalars, AsPython) {
  std::vector<std::string> lines;
  for (const auto& e : expressions)
    if (e.find("2 ** 64") == std::string::npos && e.find("~True") == std::string::npos) lines.push_back(e);
  const auto wanted = python(lines);
  if (wanted.empty()) GTEST_SKIP() << "no /usr/bin/python3";
  ASSERT_EQ(wanted.size(), lines.size());
  for (std::size_t i = 0; i < lines.size(); i++) {
    std::string got;
    EXPECT_NO_THROW(got = to_string(value_of(lines[i]))) << lines[i];
    std::string want = wanted[i];
    if (want.front() == '[') want.front() = '(', want.back() = ')';
    EXPECT_EQ(got, want) << lines[i];
  }
}

TEST(Scalars, ComplexPowersNearPython) {
  const Value v = value_of("(-8) ** (1/3)");
  const auto c = v.get<Scalar>()->as<std::complex<double>>();
  EXPECT_NEAR(c.real(), 1, 1e-12);
  EXPECT_NEAR(c.imag(), std::sqrt(3.0), 1e-12);
  EXPECT_EQ(to_string(value_of("(1+2j) ** 0")), "(1+0j)");
}

TEST(Scalars, ABoolIsNegatedByTilde) {  // as an array's elements are; Python's ~True is -2
  EXPECT_EQ(to_string(value_of("~True")), "False");
}

TEST(Scalars, NothingWraps) {
  const std::string overflow = "the integer result of '";
  for (const char* text :
       {"2 ** 64", "9223372036854775807 * 3", "18446744073709551615 + 1", "-9223372036854775808 - 1", "1 << 64",
        "10 ** 400", "7 ** 7 ** 7", "2 ** 18446744073709551615", "3 << 18446744073709551615"})
    EXPECT_EQ(refusal(text).substr(0, overflow.size()), overflow) << text;
  EXPECT_EQ(refusal("x = 1 // 0").substr(0, 16), "division by zero");
  for (const char* text : {"1 / 0", "1 % 0", "1.0 / 0", "1 // 0.0", "5 % 0.0", "1j / 0"})
    EXPECT_EQ(refusal(text).substr(0, 16), "division by zero") << text;
  EXPECT_EQ(refusal("0 ** -1"), "0 can't be raised to a negative power\n  0 ** -1\n    ^");
  EXPECT_EQ(refusal("10.0 ** 400"), "the result of '**' is beyond the range of float64\n  10.0 ** 400\n       ^");
  EXPECT_EQ(refusal("1 << -1"), "negative shift count\n  1 << -1\n    ^");
}

TEST(Scalars, KindsWithoutAnOperation) {
  EXPECT_EQ(refusal("2.0 ^ 2"),
            "'^' is the exclusive or of integers and bools; for a power use **\n  2.0 ^ 2\n      ^");
  EXPECT_EQ(refusal("2.0 & 1"), "'&' does not work on floats\n  2.0 & 1\n      ^");
  EXPECT_EQ(refusal("1j < 2"), "'<' does not work on complex numbers\n  1j < 2\n     ^");
  EXPECT_EQ(refusal("1j % 2"), "'%' does not work on complex numbers\n  1j % 2\n     ^");
  EXPECT_EQ(refusal("~1.5"), "'~' does not work on floats\n  ~1.5\n  ^");
  EXPECT_EQ(refusal("1 + (2, 3)"), "'+' takes arrays and numbers, not a tuple\n  1 + (2, 3)\n    ^");
  EXPECT_EQ(refusal("'a' + 'b'"), "'+' takes arrays and numbers, not a string\n  'a' + 'b'\n      ^");
}

}  // namespace
}  // namespace tessera::language
