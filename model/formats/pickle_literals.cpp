#include "formats/pickle_literals.hpp"

#include <bit>
#include <cstring>

#include "formats/pickle_ops.hpp"

namespace cut {
namespace {

// Two's complement of `width` bytes.
PickleNode longNumber(std::uint64_t width, PickleCursor& cursor) {
  const std::string_view bytes = cursor.take(width);
  if (width > 8) return PickleOpaqueObject{{"builtins", "int of more than 64 bits"}};
  if (width == 0) return std::int64_t{0};
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data(), bytes.size());
  const auto shift = 64 - 8 * static_cast<int>(width);
  return static_cast<std::int64_t>(value << shift) >> shift;
}

}  // namespace

std::optional<PickleNode> literalOf(std::uint8_t code, PickleCursor& cursor) {
  switch (code) {
    case op::binInt1:
      return static_cast<std::int64_t>(cursor.number(1));
    case op::binInt2:
      return static_cast<std::int64_t>(cursor.number(2));
    case op::binInt:
      return static_cast<std::int64_t>(static_cast<std::int32_t>(cursor.number(4)));
    case op::long1:
      return longNumber(cursor.number(1), cursor);
    case op::long4:
      return longNumber(cursor.number(4), cursor);
    case op::binFloat:  // the one big-endian thing in a pickle
      return std::bit_cast<double>(__builtin_bswap64(cursor.number(8)));
    case op::shortBinUnicode:
    case op::shortBinString:  // Python 2 wrote its names as byte strings
      return cursor.take(cursor.number(1));
    case op::binUnicode:
    case op::binString:
      return cursor.take(cursor.number(4));
    case op::binUnicode8:
      return cursor.take(cursor.number(8));
    case op::shortBinBytes:
      return PickleBytes{cursor.take(cursor.number(1))};
    case op::binBytes:
      return PickleBytes{cursor.take(cursor.number(4))};
    case op::binBytes8:
    case op::byteArray8:
      return PickleBytes{cursor.take(cursor.number(8))};
    default:
      return std::nullopt;
  }
}

}  // namespace cut
