// --suffix: what the reference puts behind a run's name.
#pragma once

#include <map>
#include <string>

#include "trainer/options/option_table.hpp"
#include "trainer/options/settle.hpp"

namespace cut::trainer {

using SuffixValues = std::map<std::string, std::string>;  // option, its value as Python prints it

// `format` with each {option} as its value, and {{ and }} as braces. Throws invalidArgument.
std::string formattedSuffix(const std::string& format, const SuffixValues& values);

// What train would make of the options: those that other commands only take from its command lines.
SuffixValues trainSuffixValues(const Given& given);

// As Python prints what textOf() does.
std::string pythonText(ValueKind kind, const std::string& text);

// The name with its suffix, where one is given.
template <typename T>
std::string suffixedName(const OptionTable<T>& table, const T& options, const Given& given) {
  const auto suffix = given.find("suffix");
  if (suffix == given.end() || suffix->second.back().empty()) return options.name;
  SuffixValues values = trainSuffixValues(given);
  for (const auto& row : table.rows())
    if (const auto own = row.get(options); !own.empty()) values[row.name] = pythonText(row.kind, own.front());
  values["model"] = "cut";
  return options.name + "_" + formattedSuffix(suffix->second.back(), values);
}

}  // namespace cut::trainer
