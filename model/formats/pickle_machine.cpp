// SPDX-License-Identifier: MIT
#include "formats/pickle_machine.hpp"

#include <bit>
#include <cstring>
#include <limits>
#include <string>

namespace cut {
namespace {

constexpr NodeId unused = std::numeric_limits<NodeId>::max();

// A two's complement number of `width` bytes.
PickleNode readLong(std::uint64_t width, PickleCursor& cursor) {
  const std::string_view bytes = cursor.take(width);
  if (width > 8) return PickleOpaqueObject{{"builtins", "int of more than 64 bits"}};
  if (width == 0) return std::int64_t{0};
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data(), bytes.size());
  const auto shift = 64 - 8 * static_cast<int>(width);
  return static_cast<std::int64_t>(value << shift) >> shift;
}

}  // namespace

std::string_view PickleCursor::take(std::uint64_t count) {
  if (count > rest_.size()) throw TruncatedPickle();
  const std::string_view taken = rest_.substr(0, static_cast<std::size_t>(count));
  rest_.remove_prefix(taken.size());
  return taken;
}

std::uint64_t PickleCursor::number(std::size_t width) {
  std::uint64_t value = 0;
  std::memcpy(&value, take(width).data(), width);
  return value;
}

std::string_view PickleCursor::line() {
  const std::size_t end = rest_.find('\n');
  if (end == std::string_view::npos) throw TruncatedPickle();
  const std::string_view text = take(end);
  take(1);
  return text;
}

std::optional<PickleNode> readLiteral(std::uint8_t opcode, PickleCursor& cursor) {
  switch (opcode) {
    case op::binInt1:
      return static_cast<std::int64_t>(cursor.number(1));
    case op::binInt2:
      return static_cast<std::int64_t>(cursor.number(2));
    case op::binInt:
      return static_cast<std::int64_t>(static_cast<std::int32_t>(cursor.number(4)));
    case op::long1:
      return readLong(cursor.number(1), cursor);
    case op::long4:
      return readLong(cursor.number(4), cursor);
    case op::binFloat:  // big-endian, unlike everything else in a pickle
      return std::bit_cast<double>(__builtin_bswap64(cursor.number(8)));
    case op::shortBinUnicode:
    case op::shortBinString:  // Python 2 wrote tensor names as byte strings
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

NodeId PickleStack::top() const {
  if (stack_.size() <= lastMark()) failPickle("takes more from its stack than is there");
  return stack_.back();
}

NodeId PickleStack::popOne() {
  const NodeId id = top();
  stack_.pop_back();
  return id;
}

std::vector<NodeId> PickleStack::popSome(std::size_t count) {
  if (stack_.size() - lastMark() < count) failPickle("takes more from its stack than is there");
  std::vector<NodeId> items(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
  stack_.resize(stack_.size() - count);
  return items;
}

std::vector<NodeId> PickleStack::popToMark() {
  if (marks_.empty()) failPickle("looks for a mark that is not there");
  std::vector<NodeId> items = popSome(stack_.size() - lastMark());
  marks_.pop_back();
  return items;
}

// Python numbers memo entries from 0, so that no honest key reaches the number of opcodes. The limit keeps a
// small file from making the memo large.
void PickleStack::memoize(std::uint64_t key) {
  if (key >= maxMemo_)
    failPickle("stores something under the number " + std::to_string(key) + "; expected less than " +
               std::to_string(maxMemo_));
  if (key >= memo_.size()) memo_.resize(static_cast<std::size_t>(key) + 1, unused);
  if (memo_[key] == unused) ++memoized_;
  memo_[key] = top();
}

void PickleStack::memoize() {
  memoize(memoized_);
}

NodeId PickleStack::recall(std::uint64_t key) const {
  if (key >= memo_.size() || memo_[key] == unused) failPickle("recalls something that it never stored");
  return memo_[key];
}

}  // namespace cut
