// Random statements: whatever the text, it is either accepted, or refused by a tessera::Error that marks a place.
#include <random>

#include "../../apps/language/functions.hpp"
#include "statements.hpp"

namespace tessera::language {
namespace {

std::vector<std::string> words() {
  std::vector<std::string> w = {"x",
                                "i",
                                "f",
                                "b",
                                "z",
                                "(",
                                ")",
                                "[",
                                "]",
                                ",",
                                ":",
                                "+",
                                "-",
                                "*",
                                "/",
                                "//",
                                "**",
                                "%",
                                "&",
                                "|",
                                "^",
                                "~",
                                "<",
                                "<=",
                                "==",
                                "!=",
                                ">>",
                                "<<",
                                "@",
                                "=",
                                ";",
                                "\n",
                                "#",
                                "...",
                                ".",
                                "0",
                                "1",
                                "2",
                                "-1",
                                "1.5",
                                "1j",
                                "'s'",
                                "'",
                                "0x",
                                "1e999",
                                "pi",
                                "nan",
                                "T",
                                " ",
                                "é",
                                "\t",
                                "\\",
                                "and",
                                "not",
                                "y=",
                                "None",
                                "True",
                                "axis=",
                                "float32",
                                "1_0",
                                "5.",
                                ".5",
                                "y",
                                "?",
                                "shape",
                                "(0,1)",
                                "x[",
                                "x.",
                                "::",
                                "9223372036854775807",
                                "18446744073709551615",
                                "(2,3)",
                                "dtype=",
                                "keepdims=True"};
  for (const auto& name : function_names()) w.push_back(name + "(");
  return w;
}

std::string random_statements(std::mt19937_64& random, const std::vector<std::string>& words) {
  static const std::vector<std::string> seeds = {"y = mean(sqrt(x) + x**2, axis=0)",
                                                 "x[1:2, ::2]",
                                                 "where(x > 0.5, x, -x)[0]",
                                                 "sum(i, axis=(0,1), keepdims=True) // 3 % 2 ** -1",
                                                 "uniform((2,3), seed=1, stream=2) * normal(3)",
                                                 "astype(x,'int8')[None].T.shape[1]",
                                                 "a=1;b=a<<3|2;c=b^a;c",
                                                 "broadcast_to(f,(3,4))"};
  std::string text;
  if (random() % 2 == 0) {
    for (auto n = 1 + random() % 12; n > 0; n--) text += words[random() % words.size()];
    return text;
  }
  text = seeds[random() % seeds.size()];
  for (auto n = 1 + random() % 4; n > 0; n--) {
    const auto at = random() % (text.size() + 1);
    if (random() % 2 == 0)
      text.insert(at, words[random() % words.size()]);
    else
      text.erase(at, 1 + random() % 3);
  }
  return text;
}

TEST(Fuzz, AcceptedOrRefusedWithAPlace) {
  std::mt19937_64 random(20240611);
  const auto list = words();
  const Names inputs = some_inputs();
  int accepted = 0;
  for (int k = 0; k < 30'000; k++) {
    const std::string text = random_statements(random, list);
    try {
      const SourceText source(text);
      const Evaluation e = evaluate(source, inputs);
      for (const auto& printed : e.printed) (void)to_string(printed.value);
      accepted++;
    } catch (const Error& error) {
      EXPECT_NE(error.kind(), ErrorKind::internal) << text << "\n" << error.what();
      EXPECT_TRUE(std::string_view(error.what()).ends_with(" ^")) << text << "\n" << error.what();
    }
  }
  EXPECT_GT(accepted, 300);
}

}  // namespace
}  // namespace tessera::language
