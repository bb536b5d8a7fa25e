// The opcodes of Python's pickle that the reader and the writer know, under Python's names.
#pragma once

#include <cstdint>

namespace cut::op {

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
  stackGlobal = 0x93,
  memoize = 0x94,
  frame = 0x95,
};

}  // namespace cut::op
