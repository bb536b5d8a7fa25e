// The options of a command as a table: what reads them, writes them, explains them.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "trainer/options/values.hpp"

namespace cut::trainer {

enum class ValueKind { boolean, integer, real, text };
enum class Role {
  option,
  positional,  // found by its place
  ignored,     // taken, without effect; told of in a notice
  refused,     // known, and set() says why it cannot be had
};

template <typename T>
struct OptionRow {
  std::string name;   // without dashes
  std::string group;  // its heading in --help
  std::string shown;  // its value in --help: "N", "PATH", "CUT|FastCUT"
  std::string help;
  ValueKind kind = ValueKind::text;
  Role role = Role::option;
  bool repeatable = false;                               // set() is called for each value
  std::string range = {};                                // of numbers, for --help
  std::function<void(T&, const std::string&)> set = {};  // throws invalidArgument
  // What set() takes to get there; empty where there is nothing to say.
  std::function<std::vector<std::string>(const T&)> get = [](const T&) { return std::vector<std::string>(); };
};

// `field` is a pointer to a member, or a function from the options to a reference.
template <typename T>
class OptionTable {
 public:
  const std::vector<OptionRow<T>>& rows() const noexcept { return rows_; }

  const OptionRow<T>* find(const std::string& name) const {
    for (const auto& row : rows_)
      if (row.name == name) return &row;
    return nullptr;
  }

  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& row : rows_) all.push_back(row.name);
    return all;
  }

  void group(std::string title) { group_ = std::move(title); }

  OptionRow<T>& add(const std::string& name, const std::string& shown, ValueKind kind,
                    const std::string& help) {
    return rows_.emplace_back(
        OptionRow<T>{.name = name, .group = group_, .shown = shown, .help = help, .kind = kind});
  }

  template <typename Field>
  void boolean(const std::string& name, Field field, const std::string& help) {
    auto& row = add(name, "", ValueKind::boolean, help);
    row.set = [=](T& options, const std::string& text) {
      std::invoke(field, options) = booleanOf(name, text);
    };
    row.get = [=](const T& options) { return one(textOf(bool{std::invoke(field, options)})); };
  }

  template <typename Field>
  void integer(const std::string& name, Field field, const IntegerRange& range, const std::string& help) {
    auto& row = add(name, "N", ValueKind::integer, help);
    row.range = range.text();
    row.set = [=](T& options, const std::string& text) {
      auto& value = std::invoke(field, options);
      value = static_cast<std::remove_reference_t<decltype(value)>>(integerOf(name, text, range));
    };
    row.get = [=](const T& options) { return one(std::to_string(std::invoke(field, options))); };
  }

  template <typename Field>
  void seed(const std::string& name, Field field, const std::string& help) {
    auto& row = add(name, "N", ValueKind::integer, help);
    row.set = [=](T& options, const std::string& text) { std::invoke(field, options) = seedOf(name, text); };
    row.get = [=](const T& options) { return one(std::to_string(std::invoke(field, options))); };
  }

  template <typename Field>
  void real(const std::string& name, Field field, const RealRange& range, const std::string& help) {
    auto& row = add(name, "X", ValueKind::real, help);
    row.range = range.text();
    row.set = [=](T& options, const std::string& text) {
      std::invoke(field, options) = realOf(name, text, range);
    };
    row.get = [=](const T& options) { return one(textOf(double{std::invoke(field, options)})); };
  }

  template <typename Field>
  void choice(const std::string& name, Field field, const Choices& choices, const std::string& help) {
    std::string shown;
    for (const Choice& each : choices)
      if (each.refusal.empty()) shown += (shown.empty() ? "" : "|") + each.word;
    auto& row = add(name, shown, ValueKind::text, help);
    row.set = [=](T& options, const std::string& text) {
      std::invoke(field, options) = choiceOf(name, text, choices);
    };
    row.get = [=](const T& options) { return one(std::invoke(field, options)); };
  }

  // Any text; `shown` says of what kind.
  template <typename Field>
  void text(const std::string& name, Field field, const std::string& shown, const std::string& help) {
    auto& row = add(name, shown, ValueKind::text, help);
    row.set = [=](T& options, const std::string& value) { std::invoke(field, options) = value; };
    row.get = [=](const T& options) { return some(std::invoke(field, options)); };
  }

  template <typename Field>
  OptionRow<T>& path(const std::string& name, Field field, const std::string& help) {
    auto& row = add(name, "PATH", ValueKind::text, help);
    row.set = [=](T& options, const std::string& value) {
      if (value.empty()) refuse(name, "a path", value);
      std::invoke(field, options) = lineOf(name, value);
    };
    row.get = [=](const T& options) { return some(std::invoke(field, options).string()); };
    return row;
  }

  // Each time it is given adds one.
  template <typename Field>
  void paths(const std::string& name, Field field, const std::string& help) {
    auto& row = add(name, "PATH", ValueKind::text, help);
    row.repeatable = true;
    row.set = [=](T& options, const std::string& value) {
      if (value.empty()) refuse(name, "a path", value);
      std::invoke(field, options).emplace_back(lineOf(name, value));
    };
    row.get = [=](const T& options) {
      std::vector<std::string> all;
      for (const std::filesystem::path& each : std::invoke(field, options)) all.push_back(each.string());
      return all;
    };
  }

  // What the reference knows and nothing here depends on.
  void ignored(const std::string& name, ValueKind kind = ValueKind::text) {
    auto& row = add(name, "", kind, "");
    row.role = Role::ignored;
    row.set = [](T&, const std::string&) {};
  }

  // The same, of which only some words are.
  void ignored(const std::string& name, const Choices& choices) {
    auto& row = add(name, "", ValueKind::text, "");
    row.role = Role::ignored;
    row.set = [=](T&, const std::string& text) { choiceOf(name, text, choices); };
  }

  // What would change the result and is not here.
  void refused(const std::string& name, const std::string& reason) {
    auto& row = add(name, "", ValueKind::text, "");
    row.role = Role::refused;
    row.set = [=](T&, const std::string&) { refuse(name, reason); };
  }

 private:
  static std::vector<std::string> one(std::string text) { return {std::move(text)}; }
  static std::vector<std::string> some(std::string text) {
    return text.empty() ? std::vector<std::string>() : one(std::move(text));
  }

  std::vector<OptionRow<T>> rows_;
  std::string group_;
};

}  // namespace cut::trainer
