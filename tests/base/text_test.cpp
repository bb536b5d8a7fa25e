// SPDX-License-Identifier: MIT
// printable(): strings from a file in messages.
#include "base/text.hpp"

#include <gtest/gtest.h>

namespace cut {
namespace {

TEST(Printable, KeepsUtf8) {
  EXPECT_EQ(printable("Jürgen 中 🙂"), "Jürgen 中 🙂");
}

TEST(Printable, EscapesControlCharactersAndInvalidUtf8) {
  EXPECT_EQ(printable("a\x1B[1m\n\x7F"), "a\\x1b[1m\\x0a\\x7f");
  EXPECT_EQ(printable("\xC3"), "\\xc3");
  EXPECT_EQ(printable("\xC0\x80\xFF"), "\\xc0\\x80\\xff");
  EXPECT_EQ(printable("\xC2\x9B"), "\\xc2\\x9b");           // a control character of two bytes
  EXPECT_EQ(printable("\xE2\x80\xAE"), "\\xe2\\x80\\xae");  // text runs backwards from here
  EXPECT_EQ(printable("\xED\xA0\x80"), "\\xed\\xa0\\x80");  // half a surrogate pair
  EXPECT_EQ(printable("\xE0\x80\x80"), "\\xe0\\x80\\x80");  // overlong
  EXPECT_EQ(printable("\xF4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
}

TEST(Printable, TruncatesLongText) {
  EXPECT_EQ(printable(std::string(500, 'x')), std::string(120, 'x') + "...");
}

}  // namespace
}  // namespace cut
