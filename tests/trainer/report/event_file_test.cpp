// SPDX-License-Identifier: MIT
#include "trainer/report/event_file.hpp"

#include <gtest/gtest.h>

#include <string>

namespace cut::trainer {
namespace {

// RFC 3720, appendix B.4.
TEST(Crc32c, MatchesTheVectorsOfRfc3720) {
  std::string ascending;
  for (int i = 0; i < 32; ++i) ascending += static_cast<char>(i);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43U);
  EXPECT_EQ(crc32c(ascending), 0x46DD794EU);
  EXPECT_EQ(crc32c(std::string(ascending.rbegin(), ascending.rend())), 0x113FDB5CU);
}

TEST(Crc32c, EmptyInputGivesZero) {
  EXPECT_EQ(crc32c(""), 0U);
}

}  // namespace
}  // namespace cut::trainer
