// The bytes of a pickle from front to back, never beyond their end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "cuttranslate/error.hpp"
#include "formats/pickle_tree.hpp"

namespace cut {

// More bytes might have made it whole.
class TruncatedPickle : public Error {
 public:
  TruncatedPickle()
      : Error(ErrorKind::wrongFile, "its pickle ends too early; the file is truncated or damaged") {}
};

// Borrows the bytes.
class PickleCursor {
 public:
  explicit PickleCursor(std::span<const std::byte> bytes)
      : rest_(reinterpret_cast<const char*>(bytes.data()), bytes.size()), length_(bytes.size()) {}

  std::string_view take(std::uint64_t count) {
    if (count > rest_.size()) throw TruncatedPickle();
    const std::string_view taken = rest_.substr(0, static_cast<std::size_t>(count));
    rest_.remove_prefix(taken.size());
    return taken;
  }

  // An unsigned little-endian number.
  std::uint64_t number(std::size_t width) {
    std::uint64_t value = 0;
    std::memcpy(&value, take(width).data(), width);
    return value;
  }

  std::string_view line() {
    const std::size_t end = rest_.find('\n');
    if (end == std::string_view::npos) throw TruncatedPickle();
    const std::string_view text = take(end);
    take(1);
    return text;
  }

  bool atEnd() const noexcept { return rest_.empty(); }
  std::size_t position() const noexcept { return length_ - rest_.size(); }
  std::size_t length() const noexcept { return length_; }

 private:
  std::string_view rest_;
  std::size_t length_;
};

}  // namespace cut
