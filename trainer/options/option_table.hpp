// SPDX-License-Identifier: MIT
// The options of a command as a table of rows: name, type, range, help, and the field that the value lands
// in. The table reads the command line and configuration files, writes them, and explains itself in --help.
#pragma once

#include <algorithm>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "trainer/options/choices.hpp"
#include "trainer/options/values.hpp"

namespace cut::trainer {

enum class ValueKind { boolean, integer, integers, real, text };
enum class Role {
  option,
  positional,  // found by its place
  ignored,     // taken, without effect; told of in a notice
  refused,     // known, and set() says why it cannot be had
};

struct Option {
  std::string name;   // without dashes
  std::string group;  // its heading in --help
  std::string shown;  // its value in --help: "N", "PATH", "CUT|FastCUT"
  std::string help;
  ValueKind kind = ValueKind::text;
  Role role = Role::option;
  bool repeatable = false;                           // set() is called for each value
  std::string range = {};                            // of numbers, for --help
  std::vector<MethodName> methods = {};              // of train: those that know it; empty: all
  std::function<void(const std::string&)> set = {};  // throws invalidArgument
  // What set() takes to get there; empty where there is nothing to say.
  std::function<std::vector<std::string>()> get = [] { return std::vector<std::string>(); };
};

// Whether the method of a run has a use for the option.
inline bool isKnownTo(MethodName method, const Option& option) {
  return option.methods.empty() ||
         std::find(option.methods.begin(), option.methods.end(), method) != option.methods.end();
}

// Rows refer to the fields of one options struct, which has to outlive the table. A default is what the field
// holds when the table is made.
class OptionTable {
 public:
  const std::vector<Option>& rows() const noexcept { return rows_; }
  const Option* find(const std::string& name) const;
  std::vector<std::string> names() const;

  // Says which methods of train know a row of that name, and those of the group that was added last.
  void limit(const std::string& name, const std::vector<MethodName>& methods);
  void limitGroup(const std::vector<MethodName>& methods);

  // The heading of the rows that follow.
  void group(std::string title) { group_ = std::move(title); }

  void append(Option row) { rows_.push_back(std::move(row)); }
  Option& add(const std::string& name, const std::string& shown, ValueKind kind, const std::string& help);

  void boolean(const std::string& name, bool& field, const std::string& help);
  void integer(const std::string& name, int& field, const IntegerRange& range, const std::string& help);
  void integer(const std::string& name, std::int64_t& field, const IntegerRange& range,
               const std::string& help);
  void integers(const std::string& name, std::vector<std::int64_t>& field, const IntegerRange& range,
                const std::string& help);  // "0,4,8"
  void seed(const std::string& name, std::uint64_t& field, const std::string& help);
  void real(const std::string& name, double& field, const RealRange& range, const std::string& help);
  // Any text; `shown` says of what kind. `checked` returns what is taken, or throws invalidArgument.
  using Check = std::string (*)(const std::string& option, const std::string& text);
  Option& text(const std::string& name, std::string& field, const std::string& shown, const std::string& help,
               Check checked = nullptr);
  Option& path(const std::string& name, std::filesystem::path& field, const std::string& help);
  // Each time it is given adds one.
  Option& paths(const std::string& name, std::vector<std::filesystem::path>& field, const std::string& help);

  // One of `values`, by the name that nameOf() has for it. Words of `refused` say why they cannot be had.
  template <typename E>
  Option& choice(const std::string& name, E& field, std::initializer_list<E> values, const std::string& help,
                 const Choices& refused = {}) {
    Choices words;
    for (const E value : values) words.push_back({std::string(nameOf(value))});
    Option& row = choiceRow(name, words, help);
    words.insert(words.end(), refused.begin(), refused.end());
    row.set = [&field, name, words, all = std::vector<E>(values)](const std::string& text) {
      field = all[indexOf(name, text, words)];
    };
    row.get = [&field] { return std::vector<std::string>{std::string(nameOf(field))}; };
    return row;
  }

  // What the reference knows and nothing here depends on.
  void ignored(const std::string& name, ValueKind kind = ValueKind::text);
  // The same, of which only some words are.
  void ignored(const std::string& name, const Choices& choices);
  // What would change the result and is not here.
  void refused(const std::string& name, const std::string& reason);

 private:
  Option& choiceRow(const std::string& name, const Choices& words, const std::string& help);

  std::vector<Option> rows_;
  std::string group_;
};

}  // namespace cut::trainer
