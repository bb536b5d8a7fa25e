// SPDX-License-Identifier: MIT
#include "trainer/options/values.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace cut::trainer::test {
namespace {

TEST(Numbers, AreReadAsPythonReadsThem) {
  EXPECT_EQ(integerOf("x", " +12\n", {}), 12);
  EXPECT_EQ(integerOf("x", "-3", {}), -3);
  EXPECT_EQ(realOf("x", "1.", {-10, 10}), 1);
  EXPECT_EQ(realOf("x", ".5", {-10, 10}), 0.5);
  EXPECT_EQ(realOf("x", "+2E-3", {-10, 10}), 2e-3);
  EXPECT_EQ(integersOf("x", "0, 4 ,8", {}), (std::vector<std::int64_t>{0, 4, 8}));
}

TEST(Numbers, ReadBackFromTheirText) {
  for (const double value : {0.1, 1.0 / 3, 2e-4, 1e-300, 1e300, 123456789.125, 0.0})
    EXPECT_EQ(realOf("x", textOf(value), {0, 1e301}), value);
  EXPECT_EQ(textOf(2e-4), "0.0002");
  EXPECT_EQ(textOf(0.999), "0.999");
}

TEST(Nearest, IsTheFewestChangesAwayAndNothingWhereNoneIsNear) {
  const std::vector<std::string> names{"lr", "load_size", "lambda_NCE", "lambda_GAN"};
  EXPECT_EQ(nearest("lod_size", names), "load_size");
  EXPECT_EQ(nearest("lambda_nce", names), "lambda_NCE");
  EXPECT_EQ(nearest("load", names), "load_size");
  EXPECT_EQ(nearest("", names), "");
  EXPECT_EQ(nearest("x", names), "");
  EXPECT_EQ(nearest("something", names), "");
}

TEST(ShellCommand, QuotesWhatAShellWouldTakeApart) {
  const char* words[] = {"cut-trainer", "a b", "", "it's", "$HOME", "x=1,2", "a\nb"};
  EXPECT_EQ(shellCommand(7, words), "cut-trainer 'a b' '' 'it'\\''s' '$HOME' x=1,2 'a\nb'");
}

}  // namespace
}  // namespace cut::trainer::test
