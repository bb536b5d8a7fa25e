// As much of the Protocol Buffers wire format as event files need: protobuf.dev, "Encoding".
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

namespace cut::trainer {

// One message, field by field.
class ProtobufMessage {
 public:
  ProtobufMessage& integer(int field, std::int64_t value) {
    key(field, 0);
    varint(static_cast<std::uint64_t>(value));
    return *this;
  }
  ProtobufMessage& real64(int field, double value) {
    key(field, 1);
    little(std::bit_cast<std::uint64_t>(value), 8);
    return *this;
  }
  ProtobufMessage& real32(int field, float value) {
    key(field, 5);
    little(std::bit_cast<std::uint32_t>(value), 4);
    return *this;
  }
  // A string, bytes or a message of its own.
  ProtobufMessage& text(int field, std::string_view value) {
    key(field, 2);
    varint(value.size());
    bytes_ += value;
    return *this;
  }

  const std::string& bytes() const noexcept { return bytes_; }

 private:
  void key(int field, int wireType) { varint(static_cast<std::uint64_t>(field) << 3 | wireType); }
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }
  void little(std::uint64_t value, int count) {
    for (int i = 0; i < count; ++i) bytes_ += static_cast<char>(value >> 8 * i);
  }

  std::string bytes_;
};

}  // namespace cut::trainer
