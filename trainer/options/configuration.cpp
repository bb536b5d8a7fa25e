// SPDX-License-Identifier: MIT
#include "trainer/options/configuration.hpp"

// toml++ is compiled into this file alone, and returns its errors. Its asserts fail for documents like "[=]",
// which it reports as an error behind them.
#undef NDEBUG
#undef TOML_SHARED_LIB  // pkg-config asks for its library
#undef TOML_HEADER_ONLY
#define TOML_HEADER_ONLY 1
#define TOML_ASSERT(expression) static_cast<void>(0)
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <limits>
#include <system_error>
#include <utility>

#include "base/text.hpp"
#include "cuttranslate/error.hpp"
#include "trainer/options/tables.hpp"

namespace cut::trainer {
namespace {

std::string tomlText(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (c == '\n') {
      quoted += "\\n";
    } else if (byte < ' ' || byte == 0x7f) {
      std::array<char, 8> code{};
      std::snprintf(code.data(), code.size(), "\\u%04x", static_cast<unsigned>(byte));
      quoted += code.data();
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

// TOML's integers have 63 bits: larger seeds are texts.
bool isLargeInteger(const std::string& text) {
  constexpr std::size_t digits = std::numeric_limits<std::int64_t>::digits10;
  return text.size() > digits && text.find_first_not_of("0123456789") == std::string::npos;
}

std::string tomlValue(const Option& row, const std::vector<std::string>& values) {
  const auto one = [&row](const std::string& value) {
    return row.kind == ValueKind::text || isLargeInteger(value) ? tomlText(value) : value;
  };
  if (row.kind != ValueKind::integers && values.size() == 1) return one(values.front());
  std::string array;
  for (const std::string& value : values) array += (array.empty() ? "" : ", ") + one(value);
  return "[" + array + "]";
}

class Reader {
 public:
  explicit Reader(std::string source) : source_(std::move(source)) {}

  std::vector<ConfigSetting> read(const toml::table& document) {
    for (const auto& [key, node] : document) {
      const toml::table* section = node.as_table();
      if (section == nullptr)
        add(key, node);
      else if (key.str() == "train")
        for (const auto& [name, value] : *section) add(name, value);
      else
        fail(key.source(), "unknown table [" + printable(key.str()) + "]; expected [train], or none");
    }
    std::stable_sort(settings_.begin(), settings_.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<ConfigSetting> all;
    for (auto& [line, setting] : settings_) all.push_back(std::move(setting));
    return all;
  }

  [[noreturn]] void fail(const toml::source_region& where, const std::string& sentence) const {
    throw Error(ErrorKind::wrongFile, place(where) + ": " + sentence);
  }

 private:
  std::string place(const toml::source_region& where) const {
    return source_ + ", line " + std::to_string(where.begin.line);
  }

  void add(const toml::key& key, const toml::node& node) {
    if (key.str().empty()) fail(key.source(), "expected the name of an option, got nothing");
    ConfigSetting setting{.name = std::string(key.str()), .place = place(key.source())};
    if (const toml::array* array = node.as_array())
      for (const toml::node& element : *array) setting.values.push_back(textOfNode(setting.name, element));
    else
      setting.values = {textOfNode(setting.name, node)};
    settings_.emplace_back(key.source().begin.line, std::move(setting));
  }

  // As the command line would have it.
  std::string textOfNode(const std::string& name, const toml::node& node) const {
    if (const auto* text = node.as_string()) return text->get();
    if (const auto* flag = node.as_boolean()) return textOf(flag->get());
    if (const auto* integer = node.as_integer()) return std::to_string(integer->get());
    if (const auto* real = node.as_floating_point()) return textOf(real->get());
    fail(node.source(), printable(name) +
                            ": expected a text, a number, true or false, or an array of these, got a" +
                            (node.is_table()   ? " table"
                             : node.is_array() ? "n array in an array"
                                               : " date or time"));
  }

  std::string source_;
  std::vector<std::pair<toml::source_index, ConfigSetting>> settings_;
};

}  // namespace

std::vector<std::pair<std::string, std::string>> configuration(const TrainOptions& options) {
  std::vector<std::pair<std::string, std::string>> all;
  TrainOptions copy = options;
  const OptionTable table = trainTable(copy);
  for (const Option& row : table.rows()) {
    std::string text;
    for (const std::string& value : row.get()) text += (text.empty() ? "" : ", ") + value;
    if (!text.empty() && isKnownTo(options.model, row)) all.emplace_back(row.name, text);
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
    if (values.empty() || row.name == "dry_run" || !isKnownTo(options.model, row)) continue;
    if (row.group != group) text += "\n# " + row.group + "\n";
    group = row.group;
    text += row.name + " = " + tomlValue(row, values) + "\n";
  }
  return text;
}

std::vector<ConfigSetting> parseConfig(std::string_view text, const std::string& source) {
  const toml::parse_result result = toml::parse(text);
  Reader reader(source);
  if (!result)
    reader.fail(result.error().source(),
                printable(result.error().description()) +
                    "; expected TOML, as in name = \"street\", load_size = 286, no_flip = true");
  return reader.read(result.table());
}

std::vector<ConfigSetting> readConfig(const std::filesystem::path& path) {
  constexpr std::size_t largest = 1 << 20;
  const std::string name = printable(path.string());
  std::error_code error;
  if (!std::filesystem::exists(path, error))
    throw Error(ErrorKind::notFound, "--config: there is no file " + name);
  std::ifstream file(path, std::ios::binary);
  if (!std::filesystem::is_regular_file(path, error) || !file)
    throw Error(ErrorKind::io, "--config: " + name + " cannot be read");
  std::string text(largest + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (file.bad()) throw Error(ErrorKind::io, "--config: " + name + " cannot be read");
  if (text.size() > largest)
    throw Error(ErrorKind::wrongFile, "--config: " + name + " is larger than 1 MiB: no configuration");
  return parseConfig(text, printable(path.filename().string()));
}

}  // namespace cut::trainer
