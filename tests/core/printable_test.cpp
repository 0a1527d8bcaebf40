#include <gtest/gtest.h>

#include <tessera/core/printable.hpp>

namespace tessera {
namespace {

TEST(Printable, LettersStay) {
  for (const char* text : {"", "t2m", "Größe", "温度", "data \\ 'x' \"y\"", "\xf0\x9f\x8c\x8d", "a\xe2\x80\x8d"})
    EXPECT_EQ(printable(text), text);
}

TEST(Printable, WhatATerminalActsOnIsEscaped) {
  EXPECT_EQ(printable("\x1b[2J"), "\\x1b[2J");
  EXPECT_EQ(printable(std::string_view("a\0b\x7f", 4)), "a\\x00b\\x7f");
  EXPECT_EQ(printable("\xc2\x9b"), "\\u009b");
  EXPECT_EQ(printable("a\nb\tc\r"), "a\\nb\\tc\\r");
  EXPECT_EQ(printable("\xe2\x80\xae\xe2\x81\xa6\xe2\x80\xa8"), "\\u202e\\u2066\\u2028");
  EXPECT_EQ(printable("\xf3\xa0\x81\x81"), "\\U000e0041");
}

TEST(Printable, BytesThatAreNotUtf8) {
  EXPECT_EQ(printable("caf\xe9"), "caf\\xe9");
  EXPECT_EQ(printable("\x9b"), "\\x9b");
  EXPECT_EQ(printable("\xc0\x9b\xe2\x80"), "\\xc0\\x9b\\xe2\\x80");  // overlong, cut short
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");           // a surrogate
}

TEST(Printable, LinesAndMessages) {
  EXPECT_EQ(printable_lines("a\nb\x1b"), "a\nb\\x1b");
  EXPECT_EQ(printable_message("wrong\n  x + y\n    ^"), "wrong\n  x + y\n    ^");
  EXPECT_EQ(printable_message("x\ntessera: error: y"), "x\\ntessera: error: y");
}

TEST(Printable, WordsOfAShell) {
  EXPECT_EQ(shell_word("y=out.h5:/y"), "y=out.h5:/y");
  EXPECT_EQ(shell_word(""), "''");
  EXPECT_EQ(shell_word("x + 1"), "'x + 1'");
  EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_word("a\n'\\b"), "$'a\\n\\'\\\\b'");
}

}  // namespace
}  // namespace tessera
