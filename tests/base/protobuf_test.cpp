// SPDX-License-Identifier: MIT
// The Protocol Buffers wire format.
#include "base/protobuf.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cut {
namespace {

using namespace std::string_literals;

// The examples of protobuf.dev, "Encoding".
TEST(ProtobufMessage, EncodesTheExamplesOfTheDocumentation) {
  EXPECT_EQ(ProtobufMessage().integer(1, 150).bytes(), "\x08\x96\x01"s);
  EXPECT_EQ(ProtobufMessage().text(2, "testing").bytes(), "\x12\x07testing"s);
  EXPECT_EQ(ProtobufMessage().message(3, ProtobufMessage().integer(1, 150)).bytes(), "\x1A\x03\x08\x96\x01"s);
  EXPECT_EQ(ProtobufMessage().integer(1, -2).bytes(), "\x08\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"s);
  EXPECT_EQ(ProtobufMessage().float32(2, 1).bytes(), "\x15\x00\x00\x80\x3F"s);
  EXPECT_EQ(ProtobufMessage().float64(2, 1).bytes(), "\x11\x00\x00\x00\x00\x00\x00\xF0\x3F"s);
  const std::vector<std::int64_t> repeated{1, 2};
  EXPECT_EQ(ProtobufMessage().integers(1, repeated).bytes(), "\x08\x01\x08\x02"s);
}

}  // namespace
}  // namespace cut
