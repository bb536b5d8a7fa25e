// SPDX-License-Identifier: MIT
// The parts of the machine that PickleReader runs: opcodes, the input, the stack with its memo, and calls.
// Whatever a pickle does that is not possible throws wrongFile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "cuttranslate/error.hpp"
#include "formats/pickle_tree.hpp"

namespace cut {

// The opcodes that are read or written, under the names that Python's pickle module gives them.
namespace op {

enum Op : std::uint8_t {
  mark = '(',
  stop = '.',
  pop = '0',
  popMark = '1',
  dup = '2',
  binFloat = 'G',
  binInt = 'J',
  binInt1 = 'K',
  binInt2 = 'M',
  none = 'N',
  binPersId = 'Q',
  inst = 'i',
  obj = 'o',
  reduce = 'R',
  binString = 'T',
  shortBinString = 'U',
  binUnicode = 'X',
  append = 'a',
  build = 'b',
  global = 'c',
  dict = 'd',
  appends = 'e',
  binGet = 'h',
  longBinGet = 'j',
  list = 'l',
  binPut = 'q',
  longBinPut = 'r',
  setItem = 's',
  tuple = 't',
  setItems = 'u',
  emptyDict = '}',
  emptyList = ']',
  emptyTuple = ')',
  binBytes = 'B',
  shortBinBytes = 'C',
  proto = 0x80,
  newObj = 0x81,
  ext1 = 0x82,
  ext2 = 0x83,
  ext4 = 0x84,
  tuple1 = 0x85,
  tuple2 = 0x86,
  tuple3 = 0x87,
  newTrue = 0x88,
  newFalse = 0x89,
  long1 = 0x8A,
  long4 = 0x8B,
  shortBinUnicode = 0x8C,
  binUnicode8 = 0x8D,
  binBytes8 = 0x8E,
  emptySet = 0x8F,
  addItems = 0x90,
  frozenSet = 0x91,
  newObjEx = 0x92,
  stackGlobal = 0x93,
  memoize = 0x94,
  frame = 0x95,
  byteArray8 = 0x96,
};

}  // namespace op

// The pickle ends too early: with more bytes it might have been whole.
class TruncatedPickle : public Error {
 public:
  TruncatedPickle()
      : Error(ErrorKind::wrongFile, "its pickle ends too early; the file is truncated or damaged") {}
};

// The bytes of a pickle from front to back. Borrows them; throws TruncatedPickle at their end.
class PickleCursor {
 public:
  explicit PickleCursor(std::span<const std::byte> bytes)
      : rest_(reinterpret_cast<const char*>(bytes.data()), bytes.size()), length_(bytes.size()) {}

  std::string_view take(std::uint64_t count);
  std::uint64_t number(std::size_t width);  // little-endian, unsigned; `width` in bytes
  std::string_view line();                  // without its line feed

  std::size_t position() const noexcept { return length_ - rest_.size(); }
  std::size_t length() const noexcept { return length_; }

 private:
  std::string_view rest_;
  std::size_t length_;
};

// Reads the value of an opcode that pushes a number, a string or bytes; nothing for any other opcode.
std::optional<PickleNode> readLiteral(std::uint8_t opcode, PickleCursor& cursor);

// The stack, its marks and the memo.
class PickleStack {
 public:
  // Memo keys must be below `maxMemo`.
  explicit PickleStack(std::size_t maxMemo) : maxMemo_(maxMemo) {}

  bool isEmpty() const noexcept { return stack_.empty(); }
  void push(NodeId id) { stack_.push_back(id); }
  void mark() { marks_.push_back(stack_.size()); }

  NodeId top() const;
  NodeId popOne();
  std::vector<NodeId> popSome(std::size_t count);
  std::vector<NodeId> popToMark();

  void memoize(std::uint64_t key);
  void memoize();  // under the next number
  NodeId recall(std::uint64_t key) const;

 private:
  std::size_t lastMark() const { return marks_.empty() ? 0 : marks_.back(); }

  std::size_t maxMemo_;
  std::vector<NodeId> stack_;
  std::vector<std::size_t> marks_;
  std::vector<NodeId> memo_;
  std::size_t memoized_ = 0;  // used keys, from which MEMOIZE derives the next one
};

// Calls are carried out as data: those that build tensors and dicts by functions of ours, all others give an
// opaque object. Nothing that a file names is executed.

// The storage of the persistent id ('storage', type, key, location, elements), which has None at its end in
// the legacy format, or the class of ('module', class, ...). Throws for any other persistent id.
NodeId resolvePersistentId(PickleTree& tree, NodeId id);

// The result of calling `function` with the tuple `arguments`.
NodeId reduceCall(PickleTree& tree, NodeId function, NodeId arguments);

// The state of an OrderedDict (the _metadata of a state_dict) or of an opaque object is dropped. A tensor
// whose data a state would replace becomes opaque.
void setState(PickleTree& tree, NodeId object, NodeId state);

}  // namespace cut
