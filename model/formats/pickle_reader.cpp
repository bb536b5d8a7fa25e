// SPDX-License-Identifier: MIT
#include "formats/pickle_reader.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "formats/file_signatures.hpp"
#include "formats/pickle_machine.hpp"

namespace cut {
namespace {

constexpr std::size_t maxOpcodes = 250'000;
// Limits memory: the number of nodes plus PickleTree::copies.
constexpr std::size_t maxParts = 300'000;

// Python's pickle machine without anything that could run code.
class Machine {
 public:
  explicit Machine(std::span<const std::byte> bytes) : cursor_(bytes) {
    none_ = add(PickleNone{});
    true_ = add(true);
    false_ = add(false);
  }

  // Stops at the STOP opcode; `length` becomes the number of bytes up to and including it.
  PickleTree run(std::size_t& length) && {
    if (cursor_.number(1) != op::proto || !setProtocol(cursor_.number(1)))
      failPickle("is not a pickle of protocol 2 to 5");
    for (std::size_t opcodes = 0; opcodes < maxOpcodes; ++opcodes) {
      const auto code = static_cast<std::uint8_t>(cursor_.number(1));
      if (code == op::stop) {
        length = cursor_.position();
        return std::move(*this).finish();
      }
      if (!constant(code) && !container(code) && !stack(code) && !memo(code) && !object(code) && !name(code))
        failPickle("uses the pickle opcode " + std::to_string(code) + ", which torch.save does not write" +
                   std::string(saveAgainHint));
      if (tree_.nodes.size() + tree_.copies > maxParts)
        failPickle("has more than " + std::to_string(maxParts) +
                   " values, dimensions of tensors and entries of dicts" + std::string(saveAgainHint));
    }
    failPickle("has more than " + std::to_string(maxOpcodes) + " opcodes" + std::string(saveAgainHint));
  }

 private:
  PickleTree finish() && {
    tree_.root = stack_.popOne();
    if (!stack_.isEmpty()) failPickle("leaves something on its stack");
    checkTree(tree_);
    return std::move(tree_);
  }

  static bool setProtocol(std::uint64_t protocol) { return protocol >= 2 && protocol <= 5; }

  template <typename Node>
  NodeId add(Node node) {
    tree_.nodes.emplace_back(std::move(node));
    return static_cast<NodeId>(tree_.nodes.size() - 1);
  }

  void push(NodeId id) { stack_.push(id); }
  template <typename Node>
  void pushNew(Node node) {
    push(add(std::move(node)));
  }
  void pushObject(std::string_view module, std::string_view name) {
    pushNew(PickleOpaqueObject{{module, name}});
  }

  bool constant(std::uint8_t code) {
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
      default: {
        std::optional<PickleNode> literal = readLiteral(code, cursor_);
        if (literal) pushNew(std::move(*literal));
        return literal.has_value();
      }
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
        pushNew(PickleSequence{true, stack_.popSome(code - op::tuple1 + 1U)});
        return true;
      case op::tuple:
        pushNew(PickleSequence{true, stack_.popToMark()});
        return true;
      case op::emptyList:
        pushNew(PickleSequence{false, {}});
        return true;
      case op::list:
        pushNew(PickleSequence{false, stack_.popToMark()});
        return true;
      case op::append:
        extend(stack_.popSome(1));
        return true;
      case op::appends:
        extend(stack_.popToMark());
        return true;
      case op::emptyDict:
        pushNew(PickleDict{});
        return true;
      case op::dict: {
        const std::vector<NodeId> items = stack_.popToMark();
        pushNew(PickleDict{});
        fill(items);
        return true;
      }
      case op::setItem:
        fill(stack_.popSome(2));
        return true;
      case op::setItems:
        fill(stack_.popToMark());
        return true;
      default:
        return false;
    }
  }

  void extend(const std::vector<NodeId>& items) {
    auto* list = std::get_if<PickleSequence>(&tree_.nodes[stack_.top()]);
    if (list == nullptr && tree_.opaque(stack_.top()) != nullptr) return;
    if (list == nullptr || list->isTuple)
      failPickle("appends to " + tree_.describe(stack_.top()) + "; expected a list");
    list->items.insert(list->items.end(), items.begin(), items.end());
  }

  void fill(const std::vector<NodeId>& items) {
    auto* dict = std::get_if<PickleDict>(&tree_.nodes[stack_.top()]);
    if (dict == nullptr && tree_.opaque(stack_.top()) != nullptr) return;
    if (dict == nullptr) failPickle("sets an item of " + tree_.describe(stack_.top()) + "; expected a dict");
    if (items.size() % 2 != 0) failPickle("has a dict with a key that lacks its value");
    for (std::size_t i = 0; i < items.size(); i += 2) dict->entries.emplace_back(items[i], items[i + 1]);
  }

  bool stack(std::uint8_t code) {
    switch (code) {
      case op::mark:
        stack_.mark();
        return true;
      case op::pop:
        stack_.popOne();
        return true;
      case op::popMark:
        stack_.popToMark();
        return true;
      case op::dup:
        push(stack_.top());
        return true;
      case op::frame:  // only says how many bytes a reader of a stream may fetch at once
        if (cursor_.number(8) > cursor_.length()) failPickle("has a frame that is longer than the file");
        return true;
      default:
        return false;
    }
  }

  bool memo(std::uint8_t code) {
    switch (code) {
      case op::binPut:
        stack_.memoize(cursor_.number(1));
        return true;
      case op::longBinPut:
        stack_.memoize(cursor_.number(4));
        return true;
      case op::memoize:
        stack_.memoize();
        return true;
      case op::binGet:
        push(stack_.recall(cursor_.number(1)));
        return true;
      case op::longBinGet:
        push(stack_.recall(cursor_.number(4)));
        return true;
      default:
        return false;
    }
  }

  bool object(std::uint8_t code) {
    switch (code) {
      case op::binPersId:
        push(resolvePersistentId(tree_, stack_.popOne()));
        return true;
      case op::newObjEx:
        stack_.popOne();  // keyword arguments
        [[fallthrough]];
      case op::newObj:
      case op::reduce: {
        const NodeId arguments = stack_.popOne();
        push(reduceCall(tree_, stack_.popOne(), arguments));
        return true;
      }
      case op::obj:
        instanceOfStackedClass();
        return true;
      case op::build: {
        const NodeId state = stack_.popOne();
        setState(tree_, stack_.top(), state);
        return true;
      }
      case op::emptySet:
        pushObject("builtins", "set");
        return true;
      case op::frozenSet:
        stack_.popToMark();
        pushObject("builtins", "frozenset");
        return true;
      case op::addItems:
        addItems(stack_.popToMark());
        return true;
      default:
        return false;
    }
  }

  // Classes and functions.
  bool name(std::uint8_t code) {
    switch (code) {
      case op::global:
      case op::inst: {
        const std::string_view module = cursor_.line();
        pushNew(globalNode(module, cursor_.line()));
        if (code == op::inst) instanceOfNamedClass();
        return true;
      }
      case op::stackGlobal:
        stackGlobal();
        return true;
      case op::ext1:
      case op::ext2:
      case op::ext4:  // a class by its number in Python's extension registry
        cursor_.take(std::uint64_t{1} << (code - op::ext1));
        pushNew(PickleOpaque{"copyreg", "extension"});
        return true;
      default:
        return false;
    }
  }

  void addItems(const std::vector<NodeId>& /*items*/) {
    if (tree_.opaque(stack_.top()) == nullptr)
      failPickle("adds items to " + tree_.describe(stack_.top()) + "; expected a set");
  }

  // OBJ makes an instance of an old-style class of Python 2: above the mark are the class and its arguments.
  void instanceOfStackedClass() {
    std::vector<NodeId> items = stack_.popToMark();
    if (items.empty()) failPickle("makes an object without a class");
    const NodeId type = items.front();
    items.erase(items.begin());
    push(reduceCall(tree_, type, add(PickleSequence{true, std::move(items)})));
  }

  // INST is the same; the class, just read by name, is on top of its arguments.
  void instanceOfNamedClass() {
    const NodeId type = stack_.popOne();
    const NodeId arguments = add(PickleSequence{true, stack_.popToMark()});
    push(reduceCall(tree_, type, arguments));
  }

  void stackGlobal() {
    const std::vector<NodeId> names = stack_.popSome(2);
    const auto* module = tree_.as<std::string_view>(names[0]);
    const auto* name = tree_.as<std::string_view>(names[1]);
    if (module == nullptr || name == nullptr) failPickle("names a class by something other than strings");
    pushNew(globalNode(*module, *name));
  }

  PickleTree tree_;
  PickleCursor cursor_;
  PickleStack stack_{maxOpcodes};
  NodeId none_ = 0;
  NodeId true_ = 0;
  NodeId false_ = 0;
};

}  // namespace

PickleTree readPickle(std::vector<std::byte> bytes) {
  if (bytes.size() > maxPickleBytes)
    failPickle("has " + std::to_string(bytes.size()) + " bytes; expected at most " +
               std::to_string(maxPickleBytes));
  std::size_t length = 0;
  PickleTree tree = Machine(bytes).run(length);
  if (length != bytes.size()) failPickle("goes on after its end");
  tree.bytes = std::move(bytes);  // keeps its heap block, into which the strings point
  return tree;
}

PickleTree readLeadingPickle(std::span<const std::byte> bytes, std::size_t& length) {
  return Machine(bytes.first(std::min(bytes.size(), maxPickleBytes))).run(length);
}

}  // namespace cut
