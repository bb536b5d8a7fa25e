#include "trainer/options/name_suffix.hpp"

#include "base/text.hpp"
#include "trainer/options/train_table.hpp"

namespace cut::trainer {
namespace {

std::string valueOf(const std::string& name, const SuffixValues& values) {
  if (const auto found = values.find(name); found != values.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [known, value] : values) names.push_back(known);
  const std::string meant = nearest(name, names);
  refuse("suffix", "expected an option that has a value between { and }, got '" + printable(name) + "'" +
                       (meant.empty() ? "" : "; did you mean {" + meant + "}?"));
}

}  // namespace

std::string formattedSuffix(const std::string& format, const SuffixValues& values) {
  std::string text;
  for (std::size_t i = 0; i < format.size(); ++i) {
    const char c = format[i];
    const bool brace = c == '{' || c == '}';
    if (brace && i + 1 < format.size() && format[i + 1] == c) {
      text += c;
      ++i;
    } else if (c == '{') {
      const std::size_t end = format.find('}', i);
      if (end == std::string::npos) refuse("suffix", "a } behind each {", format);
      text += valueOf(format.substr(i + 1, end - i - 1), values);
      i = end;
    } else if (c == '}') {
      refuse("suffix", "a { in front of each }", format);
    } else {
      text += c;
    }
  }
  return text;
}

SuffixValues trainSuffixValues(const Given& given) {
  SuffixValues values{{"dataset_mode", "unaligned"}};
  const TrainTable table = trainTable();
  TrainOptions options;
  if (const auto mode = given.find("CUT_mode"); mode != given.end()) {
    table.find("CUT_mode")->set(options, mode->second.back());
    options = trainPreset(options.cutMode);
  }
  for (const auto& row : table.rows()) {
    const auto found = given.find(row.name);
    const bool last = found != given.end() && !found->second.empty() && row.role != Role::refused;
    if (last && row.role == Role::ignored) values[row.name] = found->second.back();
    if (last && row.role == Role::option && row.name != "model") row.set(options, found->second.back());
    if (const auto own = row.get(options); !own.empty()) values[row.name] = pythonText(row.kind, own.front());
  }
  return values;
}

std::string pythonText(ValueKind kind, const std::string& text) {
  if (kind == ValueKind::boolean) return text == "true" ? "True" : "False";
  if (kind == ValueKind::real && text.find_first_of(".e") == std::string::npos) return text + ".0";
  return text;
}

}  // namespace cut::trainer
