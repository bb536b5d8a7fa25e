// The stack and the memo of a pickle machine. Throws wrongFile where a pickle takes what is not there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "formats/pickle_tree.hpp"

namespace cut {

class PickleStack {
 public:
  // The memo's numbers must be below `mostStored`.
  explicit PickleStack(std::size_t mostStored) : mostStored_(mostStored) {}

  bool isEmpty() const noexcept { return stack_.empty(); }
  void push(NodeId id) { stack_.push_back(id); }
  void mark() { marks_.push_back(stack_.size()); }

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

  // Python numbers what it stores from 0 on, so that no number reaches that of the opcodes.
  void remember(std::uint64_t key) {
    if (key >= mostStored_)
      failPickle("stores something under the number " + std::to_string(key) + "; expected less than " +
                 std::to_string(mostStored_));
    if (key >= memo_.size()) memo_.resize(static_cast<std::size_t>(key) + 1, nothing);
    if (memo_[key] == nothing) ++remembered_;
    memo_[key] = top();
  }

  void rememberNext() { remember(remembered_); }

  NodeId recall(std::uint64_t key) const {
    if (key >= memo_.size() || memo_[key] == nothing) failPickle("recalls something that it never stored");
    return memo_[key];
  }

 private:
  static constexpr NodeId nothing = std::numeric_limits<NodeId>::max();

  // Nothing below the last mark may be taken.
  std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }

  std::size_t mostStored_;
  std::vector<NodeId> stack_;
  std::vector<std::size_t> marks_;
  std::vector<NodeId> memo_;
  std::size_t remembered_ = 0;  // of the memo's places, which MEMOIZE goes on counting
};

}  // namespace cut
