#include "trainer/options/configuration.hpp"

#include "trainer/options/config_file.hpp"
#include "trainer/options/tables.hpp"

namespace cut::trainer {
namespace {

std::string configValue(const Option& row, const std::vector<std::string>& values) {
  const auto one = [&row](const std::string& value) {
    return row.kind == ValueKind::text ? quotedForConfig(value) : value;
  };
  if (row.kind != ValueKind::integers && values.size() == 1) return one(values.front());
  std::string array;
  for (const std::string& value : values) array += (array.empty() ? "" : ", ") + one(value);
  return "[" + array + "]";
}

}  // namespace

std::vector<std::pair<std::string, std::string>> configuration(const TrainOptions& options) {
  std::vector<std::pair<std::string, std::string>> all;
  TrainOptions copy = options;
  const OptionTable table = trainTable(copy);
  for (const Option& row : table.rows()) {
    std::string text;
    for (const std::string& value : row.get()) text += (text.empty() ? "" : ", ") + value;
    if (!text.empty()) all.emplace_back(row.name, text);
  }
  return all;
}

std::string configText(const TrainOptions& options) {
  std::string text = "# Every option of a run. cut-trainer train --config FILE reads it.\n";
  std::string group;
  TrainOptions copy = options;
  const OptionTable table = trainTable(copy);
  for (const Option& row : table.rows()) {
    const auto values = row.get();
    if (values.empty() || row.name == "dry_run") continue;
    if (row.group != group) text += "\n# " + row.group + "\n";
    group = row.group;
    text += row.name + " = " + configValue(row, values) + "\n";
  }
  return text;
}

}  // namespace cut::trainer
