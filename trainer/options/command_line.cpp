// SPDX-License-Identifier: MIT
#include "trainer/options/command_line.hpp"

#include <algorithm>
#include <ostream>
#include <span>
#include <string_view>
#include <type_traits>

#include "base/text.hpp"
#include "cuttranslate/error.hpp"
#include "cuttranslate/version.hpp"
#include "trainer/options/compare_command.hpp"
#include "trainer/options/help.hpp"
#include "trainer/options/resolve.hpp"

namespace cut::trainer {
namespace {

constexpr int misused = 2;

[[noreturn]] void misuse(const std::string& sentence) {
  throw Error(ErrorKind::invalidArgument, sentence);
}

// A negative number is a value.
bool looksLikeOption(std::string_view word) {
  return word.size() > 1 && word[0] == '-' && (word[1] < '0' || word[1] > '9');
}

// The words behind a command, sorted by the options of its table.
class Words {
 public:
  Words(std::string command, const OptionTable& table, std::span<const char* const> words)
      : command_("cut-trainer " + std::move(command)), table_(table), rest_(words) {
    for (const Option& row : table.rows())
      if (row.role == Role::positional) places_.push_back(&row);
    bool options = true;  // until --
    while (!rest_.empty()) {
      const std::string word = next();
      if (options && word == "--")
        options = false;
      else if (options && looksLikeOption(word))
        takeOption(word);
      else
        takePositional(word);
    }
  }

  bool wantsHelp() const noexcept { return help_; }

  // Throws invalidArgument where a word is no option's.
  RawOptions checked() const {
    refuseForgottenValues();
    refuseUnexpected();
    return raw_;
  }

 private:
  std::string next() {
    std::string word = rest_.front();
    rest_ = rest_.subspan(1);
    return word;
  }

  void takeOption(const std::string& word) {
    if (word == "-h" || word == "--help") {
      help_ = true;
      return;
    }
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const Option* row = name.starts_with("--") ? table_.find(name.substr(2)) : nullptr;
    if (row == nullptr || row->role == Role::positional)
      unknown_.push_back(name);
    else if (equals == std::string::npos)
      raw_[row->name].values.push_back(valueBehind(*row, word));
    else if (equals + 1 == word.size())
      misuse(name + ": expected a value behind the =, got nothing");
    else
      raw_[row->name].values.push_back(word.substr(equals + 1));
  }

  // A switch takes the next word for its value, unless that might be IN.
  std::string valueBehind(const Option& row, const std::string& word) {
    if (row.kind == ValueKind::boolean &&
        (!places_.empty() || rest_.empty() || looksLikeOption(rest_.front())))
      return "true";
    if (rest_.empty()) misuse(word + ": expected a value behind it, got nothing");
    return next();
  }

  void takePositional(const std::string& word) {
    if (found_ == places_.size()) return unexpected_.push_back(word);
    const Option& place = *places_[found_];
    raw_[place.name].values.push_back(word);
    if (!place.repeatable) ++found_;
  }

  void refuseForgottenValues() const {
    for (const auto& [name, option] : raw_) {
      if (table_.find(name)->role == Role::positional) continue;
      for (const std::string& value : option.values)
        if (value.starts_with("--") && table_.find(value.substr(2)) != nullptr)
          refuse(name, "expected a value, got the option " + value);
    }
  }

  void refuseUnexpected() const {
    if (!unknown_.empty()) {
      const std::string& name = unknown_.front();
      const std::string meant =
          nearest(name.substr(std::min(name.find_first_not_of('-'), name.size())), table_.names());
      misuse("unknown option '" + printable(name) + "' of " + command_ + "; " +
             (meant.empty() ? command_ + " --help lists them" : "did you mean --" + meant + "?"));
    }
    if (!unexpected_.empty())
      misuse("unexpected argument '" + printable(unexpected_.front()) + "'; " + command_ +
             " --help lists the options");
  }

  std::string command_;
  const OptionTable& table_;
  std::span<const char* const> rest_;
  std::vector<const Option*> places_;
  std::size_t found_ = 0;  // of them
  RawOptions raw_;
  std::vector<std::string> unknown_;     // options
  std::vector<std::string> unexpected_;  // other words
  bool help_ = false;
};

std::vector<std::string> texts(const OptionTable& table) {
  std::vector<std::string> all;
  for (const Option& row : table.rows()) {
    std::string text;
    for (const std::string& value : row.get()) text += (text.empty() ? "" : ", ") + value;
    all.push_back(text);
  }
  return all;
}

template <typename T>
std::vector<std::string> defaults(OptionTable (*tableOf)(T&)) {
  T options;
  std::vector<std::string> all = texts(tableOf(options));
  if constexpr (std::is_same_v<T, TrainOptions>) {
    const std::vector<std::string> cut = all;
    for (NamedPreset& preset : otherPresets()) {
      preset.options.model = options.model;  // what chooses has one default
      preset.options.cutMode = options.cutMode;
      const std::vector<std::string> others = texts(tableOf(preset.options));
      for (std::size_t i = 0; i < all.size(); ++i)
        if (cut[i] != others[i]) all[i] += "; " + preset.name + ": " + others[i];
    }
  }
  return all;
}

void tellOfIgnored(const OptionTable& table, const RawOptions& raw, MethodName method, Notices& notices) {
  std::vector<std::string> names;
  for (const Option& row : table.rows())
    if (raw.contains(row.name) && (row.role == Role::ignored || !isKnownTo(method, row)))
      names.push_back("--" + row.name);
  if (!names.empty())
    notices.push_back(listed(names, "and") + (names.size() == 1 ? " has" : " have") + " no effect here");
}

// What a model's origin says of a command with a file: what that held is not in the command.
std::string withConfig(const std::string& typed, const RawOptions& raw) {
  std::string text;
  for (const auto& [name, option] : raw)
    if (!option.place.empty())
      for (const std::string& value : option.values) text += " --" + name + "=" + shellWord(value);
  return text.empty() ? typed : typed + "  # in the file:" + text;
}

template <typename T>
CommandLine read(std::span<const char* const> argv, OptionTable (*tableOf)(T&), std::ostream& out) {
  CommandLine line;
  T options;
  const OptionTable table = tableOf(options);
  const Words words(argv[1], table, argv.subspan(2));
  if (words.wantsHelp()) {
    out << commandHelp(argv[1], table, defaults(tableOf));
    return line;
  }
  RawOptions raw = words.checked();
  if constexpr (std::is_same_v<T, TrainOptions>) {
    if (const auto config = raw.find("config"); config != raw.end())
      addFromConfig(config->second.values.back(), raw);
    options = presetOf(raw);
    options.command = withConfig(shellCommand(static_cast<int>(argv.size()), argv.data()), raw);
  }
  if constexpr (std::is_same_v<T, TestOptions>) options = testPresetOf(raw);
  refuseTwoDevices(raw);
  setFields(table, raw);
  MethodName method = MethodName::cut;
  if constexpr (std::is_same_v<T, TrainOptions>) {
    method = options.model;
    refuseOfOtherMethods(table, raw, method);
  }
  tellOfIgnored(table, raw, method, line.notices);
  if constexpr (std::is_same_v<T, TrainOptions>) resolve(options, raw, line.notices);
  if constexpr (std::is_same_v<T, TestOptions>) resolve(options, raw);
  options.validate();
  line.command = std::move(options);
  return line;
}

CommandLine readCompare(std::span<const char* const> argv, std::ostream& out) {
  CommandLine line;
  CompareOptions compare;
  TrainOptions train;
  const OptionTable table = compareWords(compare, train);
  const Words words(argv[1], table, argv.subspan(2));
  if (words.wantsHelp()) {
    out << commandHelp(argv[1], compareTable(compare), texts(compareTable(compare)));
    return line;
  }
  const RawOptions raw = words.checked();
  line.command = compareOptions(raw, line.notices);
  return line;
}

CommandLine readCommand(std::span<const char* const> argv, std::ostream& out) {
  const std::vector<std::string> names{"train", "translate", "test", "evaluate", "compare", "similarity"};
  const std::string expected = "expected a command, " + listed(names);
  if (argv.size() < 2) misuse(expected + "; cut-trainer --help explains them");
  const std::string word = argv[1];
  if (word == "train") return read(argv, trainTable, out);
  if (word == "translate") return read(argv, translateTable, out);
  if (word == "test") return read(argv, testTable, out);
  if (word == "evaluate") return read(argv, evaluateTable, out);
  if (word == "compare") return readCompare(argv, out);
  if (word == "similarity") return read(argv, similarityTable, out);
  if (word == "--help" || word == "-h") {
    out << programHelp();
    return {};
  }
  if (word == "--version") {
    out << "cut-trainer " CUT_VERSION "\n";
    return {};
  }
  const std::string meant = nearest(word, names);
  misuse(expected + ", got '" + printable(word) + "'" +
         (meant.empty() ? (word.starts_with('-') ? "; options stand behind it" : "")
                        : "; did you mean " + meant + "?"));
}

}  // namespace

CommandLine parseCommandLine(int argc, const char* const* argv, std::ostream& out, std::ostream& err) {
  try {
    return readCommand({argv, static_cast<std::size_t>(std::max(argc, 0))}, out);
  } catch (const Error& error) {
    err << "cut-trainer: " << error.what() << '\n';
  }
  return {Finished{misused}, {}};
}

}  // namespace cut::trainer
