// SPDX-License-Identifier: MIT
#include "trainer/options/option_table.hpp"

namespace cut::trainer {
namespace {

std::vector<std::string> oneUnlessEmpty(std::string text) {
  if (text.empty()) return {};
  return {std::move(text)};
}

std::filesystem::path pathOf(const std::string& option, const std::string& text) {
  if (text.empty()) refuse(option, "a path", text);
  return lineOf(option, text);
}

template <typename N>
void setInteger(Option& row, N& field, const IntegerRange& range) {
  row.range = range.text();
  row.set = [&field, name = row.name, range](const std::string& text) {
    field = static_cast<N>(integerOf(name, text, range));
  };
  row.get = [&field] { return std::vector<std::string>{std::to_string(field)}; };
}

}  // namespace

const Option* OptionTable::find(const std::string& name) const {
  const auto found =
      std::find_if(rows_.begin(), rows_.end(), [&name](const Option& row) { return row.name == name; });
  return found == rows_.end() ? nullptr : &*found;
}

void OptionTable::limit(const std::string& name, const std::vector<MethodName>& methods) {
  for (Option& row : rows_)
    if (row.name == name) row.methods = methods;
}

void OptionTable::limitGroup(const std::vector<MethodName>& methods) {
  for (Option& row : rows_)
    if (row.group == group_) row.methods = methods;
}

std::vector<std::string> OptionTable::names() const {
  std::vector<std::string> all;
  for (const Option& row : rows_) all.push_back(row.name);
  return all;
}

Option& OptionTable::add(const std::string& name, const std::string& shown, ValueKind kind,
                         const std::string& help) {
  return rows_.emplace_back(
      Option{.name = name, .group = group_, .shown = shown, .help = help, .kind = kind});
}

void OptionTable::boolean(const std::string& name, bool& field, const std::string& help) {
  Option& row = add(name, "", ValueKind::boolean, help);
  row.set = [&field, name](const std::string& text) { field = booleanOf(name, text); };
  row.get = [&field] { return std::vector<std::string>{textOf(field)}; };
}

void OptionTable::integer(const std::string& name, int& field, const IntegerRange& range,
                          const std::string& help) {
  setInteger(add(name, "N", ValueKind::integer, help), field, range);
}

void OptionTable::integer(const std::string& name, std::int64_t& field, const IntegerRange& range,
                          const std::string& help) {
  setInteger(add(name, "N", ValueKind::integer, help), field, range);
}

void OptionTable::integers(const std::string& name, std::vector<std::int64_t>& field,
                           const IntegerRange& range, const std::string& help) {
  Option& row = add(name, "N,N,...", ValueKind::integers, help);
  row.set = [&field, name, range](const std::string& text) { field = integersOf(name, text, range); };
  row.get = [&field] { return std::vector<std::string>{textOf(field)}; };
}

void OptionTable::seed(const std::string& name, std::uint64_t& field, const std::string& help) {
  Option& row = add(name, "N", ValueKind::integer, help);
  row.set = [&field, name](const std::string& text) { field = seedOf(name, text); };
  row.get = [&field] { return std::vector<std::string>{std::to_string(field)}; };
}

void OptionTable::real(const std::string& name, double& field, const RealRange& range,
                       const std::string& help) {
  Option& row = add(name, "X", ValueKind::real, help);
  row.range = range.text();
  row.set = [&field, name, range](const std::string& text) { field = realOf(name, text, range); };
  row.get = [&field] { return std::vector<std::string>{textOf(field)}; };
}

Option& OptionTable::text(const std::string& name, std::string& field, const std::string& shown,
                          const std::string& help, Check checked) {
  Option& row = add(name, shown, ValueKind::text, help);
  row.set = [&field, name, checked](const std::string& text) {
    field = checked == nullptr ? text : checked(name, text);
  };
  row.get = [&field] { return oneUnlessEmpty(field); };
  return row;
}

Option& OptionTable::path(const std::string& name, std::filesystem::path& field, const std::string& help) {
  Option& row = add(name, "PATH", ValueKind::text, help);
  row.set = [&field, name](const std::string& text) { field = pathOf(name, text); };
  row.get = [&field] { return oneUnlessEmpty(field.string()); };
  return row;
}

Option& OptionTable::paths(const std::string& name, std::vector<std::filesystem::path>& field,
                           const std::string& help) {
  Option& row = add(name, "PATH", ValueKind::text, help);
  row.repeatable = true;
  row.set = [&field, name](const std::string& text) { field.push_back(pathOf(name, text)); };
  row.get = [&field] {
    std::vector<std::string> all;
    for (const std::filesystem::path& each : field) all.push_back(each.string());
    return all;
  };
  return row;
}

void OptionTable::ignored(const std::string& name, ValueKind kind) {
  Option& row = add(name, "", kind, "");
  row.role = Role::ignored;
  row.set = [](const std::string&) {};
}

void OptionTable::ignored(const std::string& name, const Choices& choices) {
  Option& row = add(name, "", ValueKind::text, "");
  row.role = Role::ignored;
  row.set = [name, choices](const std::string& text) { indexOf(name, text, choices); };
}

void OptionTable::refused(const std::string& name, const std::string& reason) {
  Option& row = add(name, "", ValueKind::text, "");
  row.role = Role::refused;
  row.set = [name, reason](const std::string&) { refuse(name, reason); };
}

Option& OptionTable::choiceRow(const std::string& name, const Choices& words, const std::string& help) {
  std::string shown;
  for (const Choice& each : words) shown += (shown.empty() ? "" : "|") + each.word;
  return add(name, shown, ValueKind::text, help);
}

}  // namespace cut::trainer
