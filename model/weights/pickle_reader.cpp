#include "weights/pickle_reader.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <string>

#include "weights/known_formats.hpp"
#include "weights/pickle_calls.hpp"
#include "weights/pickle_cursor.hpp"
#include "weights/pickle_ops.hpp"

namespace cut {
namespace {

constexpr std::size_t mostSteps = 250'000;
// Nodes, and the sides and entries that are copied: one budget. What an opcode makes is a node, or a tensor
// or a dict of what others share.
constexpr std::size_t mostParts = 300'000;
constexpr NodeId nothing = std::numeric_limits<NodeId>::max();

// Python's pickle machine, less everything that could run code.
class Machine {
 public:
  explicit Machine(std::span<const std::byte> bytes) : cursor_(bytes) {
    none_ = add(PickleNone{});
    true_ = add(true);
    false_ = add(false);
  }

  // Stops after the pickle's end and says there where that is.
  PickleTree run(std::size_t& length) && {
    if (cursor_.number(1) != op::proto || !setProtocol(cursor_.number(1)))
      failPickle("is not a pickle of protocol 2 to 5");
    for (std::size_t steps = 0; steps < mostSteps; ++steps) {
      const auto code = static_cast<std::uint8_t>(cursor_.number(1));
      if (code == op::stop) {
        length = cursor_.position();
        return std::move(*this).finish();
      }
      if (!value(code) && !text(code) && !container(code) && !stack(code) && !memo(code) && !object(code))
        failPickle("uses the pickle opcode " + std::to_string(code) + ", which no plain state_dict needs" +
                   std::string(saveAgain));
      if (tree_.nodes.size() + tree_.copies > mostParts)
        failPickle("has more than " + std::to_string(mostParts) +
                   " values, sides of tensors and entries of dicts");
    }
    failPickle("has more than " + std::to_string(mostSteps) + " opcodes");
  }

 private:
  PickleTree finish() && {
    tree_.root = popOne();
    if (!stack_.empty()) failPickle("leaves something on its stack");
    checkTree(tree_);
    return std::move(tree_);
  }

  static bool setProtocol(std::uint64_t protocol) { return protocol >= 2 && protocol <= 5; }

  template <typename Node>
  NodeId add(Node node) {
    tree_.nodes.emplace_back(std::move(node));
    return static_cast<NodeId>(tree_.nodes.size() - 1);
  }

  void push(NodeId id) { stack_.push_back(id); }
  template <typename Node>
  void pushNew(Node node) {
    push(add(std::move(node)));
  }

  // Nothing below the last mark may be taken.
  std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }

  NodeId top() const {
    if (stack_.size() <= floor()) failPickle("takes more from its stack than is there");
    return stack_.back();
  }

  NodeId popOne() {
    const NodeId id = top();
    stack_.pop_back();
    return id;
  }

  std::vector<NodeId> popSome(std::size_t count) {
    if (stack_.size() - floor() < count) failPickle("takes more from its stack than is there");
    std::vector<NodeId> items(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
    stack_.resize(stack_.size() - count);
    return items;
  }

  std::vector<NodeId> popToMark() {
    if (marks_.empty()) failPickle("looks for a mark that is not there");
    std::vector<NodeId> items = popSome(stack_.size() - floor());
    marks_.pop_back();
    return items;
  }

  // Numbers and constants.
  bool value(std::uint8_t code) {
    switch (code) {
      case op::none:
        push(none_);
        return true;
      case op::newTrue:
        push(true_);
        return true;
      case op::newFalse:
        push(false_);
        return true;
      case op::binInt1:
        pushNew(static_cast<std::int64_t>(cursor_.number(1)));
        return true;
      case op::binInt2:
        pushNew(static_cast<std::int64_t>(cursor_.number(2)));
        return true;
      case op::binInt:
        pushNew(static_cast<std::int64_t>(static_cast<std::int32_t>(cursor_.number(4))));
        return true;
      case op::long1:
        pushNew(longNumber(cursor_.number(1)));
        return true;
      case op::long4:
        pushNew(longNumber(cursor_.number(4)));
        return true;
      case op::binFloat:  // the one big-endian thing in a pickle
        pushNew(std::bit_cast<double>(__builtin_bswap64(cursor_.number(8))));
        return true;
      default:
        return false;
    }
  }

  // Two's complement of `width` bytes.
  std::int64_t longNumber(std::uint64_t width) {
    if (width > 8) failPickle("holds a number of more than 64 bits" + std::string(saveAgain));
    if (width == 0) return 0;
    const auto shift = 64 - 8 * static_cast<int>(width);
    return static_cast<std::int64_t>(cursor_.number(static_cast<std::size_t>(width)) << shift) >> shift;
  }

  // Texts and bytes; Python 2 wrote its names as byte strings.
  bool text(std::uint8_t code) {
    switch (code) {
      case op::shortBinUnicode:
      case op::shortBinString:
        pushNew(cursor_.take(cursor_.number(1)));
        return true;
      case op::binUnicode:
      case op::binString:
        pushNew(cursor_.take(cursor_.number(4)));
        return true;
      case op::binUnicode8:
        pushNew(cursor_.take(cursor_.number(8)));
        return true;
      case op::shortBinBytes:
        pushNew(PickleBytes{cursor_.take(cursor_.number(1))});
        return true;
      case op::binBytes:
        pushNew(PickleBytes{cursor_.take(cursor_.number(4))});
        return true;
      case op::binBytes8:
        pushNew(PickleBytes{cursor_.take(cursor_.number(8))});
        return true;
      default:
        return false;
    }
  }

  bool container(std::uint8_t code) {
    switch (code) {
      case op::emptyTuple:
        pushNew(PickleSequence{true, {}});
        return true;
      case op::tuple1:
      case op::tuple2:
      case op::tuple3:
        pushNew(PickleSequence{true, popSome(code - op::tuple1 + 1U)});
        return true;
      case op::tuple:
        pushNew(PickleSequence{true, popToMark()});
        return true;
      case op::emptyList:
        pushNew(PickleSequence{false, {}});
        return true;
      case op::list:
        pushNew(PickleSequence{false, popToMark()});
        return true;
      case op::append:
        extend(popSome(1));
        return true;
      case op::appends:
        extend(popToMark());
        return true;
      case op::emptyDict:
        pushNew(PickleDict{});
        return true;
      case op::dict: {
        const std::vector<NodeId> items = popToMark();
        pushNew(PickleDict{});
        fill(items);
        return true;
      }
      case op::setItem:
        fill(popSome(2));
        return true;
      case op::setItems:
        fill(popToMark());
        return true;
      default:
        return false;
    }
  }

  void extend(const std::vector<NodeId>& items) {
    auto* list = std::get_if<PickleSequence>(&tree_.nodes[top()]);
    if (list == nullptr || list->isTuple)
      failPickle("appends to " + tree_.describe(top()) + "; expected a list");
    list->items.insert(list->items.end(), items.begin(), items.end());
  }

  void fill(const std::vector<NodeId>& items) {
    auto* dict = std::get_if<PickleDict>(&tree_.nodes[top()]);
    if (dict == nullptr) failPickle("sets an item of " + tree_.describe(top()) + "; expected a dict");
    if (items.size() % 2 != 0) failPickle("has a dict with a key that lacks its value");
    for (std::size_t i = 0; i < items.size(); i += 2) dict->entries.emplace_back(items[i], items[i + 1]);
  }

  bool stack(std::uint8_t code) {
    switch (code) {
      case op::mark:
        marks_.push_back(stack_.size());
        return true;
      case op::pop:
        popOne();
        return true;
      case op::popMark:
        popToMark();
        return true;
      case op::dup:
        push(top());
        return true;
      case op::frame:  // a hint for readers of streams
        if (cursor_.number(8) > cursor_.length()) failPickle("has a frame that is longer than the file");
        return true;
      default:
        return false;
    }
  }

  bool memo(std::uint8_t code) {
    switch (code) {
      case op::binPut:
        remember(cursor_.number(1));
        return true;
      case op::longBinPut:
        remember(cursor_.number(4));
        return true;
      case op::memoize:
        remember(remembered_);
        return true;
      case op::binGet:
        push(recall(cursor_.number(1)));
        return true;
      case op::longBinGet:
        push(recall(cursor_.number(4)));
        return true;
      default:
        return false;
    }
  }

  // Python numbers what it stores from 0 on, so that no number reaches that of the opcodes.
  void remember(std::uint64_t key) {
    if (key >= mostSteps)
      failPickle("stores something under the number " + std::to_string(key) + "; expected less than " +
                 std::to_string(mostSteps));
    if (key >= memo_.size()) memo_.resize(static_cast<std::size_t>(key) + 1, nothing);
    if (memo_[key] == nothing) ++remembered_;
    memo_[key] = top();
  }

  NodeId recall(std::uint64_t key) const {
    if (key >= memo_.size() || memo_[key] == nothing) failPickle("recalls something that it never stored");
    return memo_[key];
  }

  bool object(std::uint8_t code) {
    switch (code) {
      case op::global: {
        const std::string_view module = cursor_.line();
        pushNew(globalFromName(module, cursor_.line()));
        return true;
      }
      case op::stackGlobal:
        stackGlobal();
        return true;
      case op::binPersId:
        pushNew(storageFromId(tree_, popOne()));
        return true;
      case op::reduce: {
        const NodeId arguments = popOne();
        push(reduceCall(tree_, popOne(), arguments));
        return true;
      }
      case op::build: {  // attributes of an OrderedDict: the _metadata of a state_dict, of no use here
        popOne();
        if (tree_.as<PickleDict>(top()) == nullptr)
          failPickle("sets the state of " + tree_.describe(top()) + "; expected an OrderedDict");
        return true;
      }
      default:
        return false;
    }
  }

  void stackGlobal() {
    const std::vector<NodeId> names = popSome(2);
    const auto* module = tree_.as<std::string_view>(names[0]);
    const auto* name = tree_.as<std::string_view>(names[1]);
    if (module == nullptr || name == nullptr) failPickle("names a type by something else than texts");
    pushNew(globalFromName(*module, *name));
  }

  PickleTree tree_;
  PickleCursor cursor_;
  std::vector<NodeId> stack_;
  std::vector<std::size_t> marks_;
  std::vector<NodeId> memo_;
  std::size_t remembered_ = 0;  // of its places, which MEMOIZE goes on counting
  NodeId none_ = 0;
  NodeId true_ = 0;
  NodeId false_ = 0;
};

}  // namespace

PickleTree readPickle(std::vector<std::byte> bytes) {
  if (bytes.size() > mostPickleBytes)
    failPickle("has " + std::to_string(bytes.size()) + " bytes; expected at most " +
               std::to_string(mostPickleBytes));
  std::size_t length = 0;
  PickleTree tree = Machine(bytes).run(length);
  if (length != bytes.size()) failPickle("goes on after its end");
  tree.bytes = std::move(bytes);  // its heap block, which the texts point into, stays
  return tree;
}

PickleTree readLeadingPickle(std::span<const std::byte> bytes, std::size_t& length) {
  return Machine(bytes.first(std::min(bytes.size(), mostPickleBytes))).run(length);
}

}  // namespace cut
