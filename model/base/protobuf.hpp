// SPDX-License-Identifier: MIT
// Writes Protocol Buffers messages: as much of the wire format (protobuf.dev, "Encoding") as ONNX models and
// TensorBoard's event files need.
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace cut {

// One message; its fields are encoded in the order of the calls.
class ProtobufMessage {
 public:
  ProtobufMessage& integer(int field, std::int64_t value) {
    tag(field, WireType::varint);
    varint(static_cast<std::uint64_t>(value));
    return *this;
  }
  // A repeated field, not packed.
  ProtobufMessage& integers(int field, std::span<const std::int64_t> values) {
    for (const std::int64_t value : values) integer(field, value);
    return *this;
  }
  ProtobufMessage& float32(int field, float value) {
    tag(field, WireType::fixed32);
    fixed(std::bit_cast<std::uint32_t>(value), 4);
    return *this;
  }
  ProtobufMessage& float64(int field, double value) {
    tag(field, WireType::fixed64);
    fixed(std::bit_cast<std::uint64_t>(value), 8);
    return *this;
  }
  // A string or bytes.
  ProtobufMessage& text(int field, std::string_view value) {
    tag(field, WireType::lengthDelimited);
    varint(value.size());
    bytes_ += value;
    return *this;
  }
  ProtobufMessage& message(int field, const ProtobufMessage& value) { return text(field, value.bytes_); }

  const std::string& bytes() const noexcept { return bytes_; }

 private:
  enum class WireType : unsigned { varint = 0, fixed64 = 1, lengthDelimited = 2, fixed32 = 5 };

  void tag(int field, WireType type) {
    varint(static_cast<unsigned>(field) << 3U | static_cast<unsigned>(type));
  }

  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7U) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }
  void fixed(std::uint64_t value, int count) {
    for (int i = 0; i < count; ++i) bytes_ += static_cast<char>(value >> 8 * i);
  }

  std::string bytes_;
};

}  // namespace cut
