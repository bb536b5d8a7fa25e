#include "trainer/options/command_line.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <ostream>
#include <string_view>
#include <type_traits>

#include "base/text.hpp"
#include "cuttranslate/error.hpp"
#include "trainer/options/help.hpp"
#include "trainer/options/help_format.hpp"
#include "trainer/options/model_tables.hpp"
#include "trainer/options/settle.hpp"
#include "trainer/options/shell_command.hpp"
#include "trainer/options/train_table.hpp"

namespace cut::trainer {
namespace {

constexpr int misused = 2;

[[noreturn]] void misuse(const std::string& sentence) {
  throw Error(ErrorKind::invalidArgument, sentence);
}

template <typename T>
std::string cliName(const OptionRow<T>& row) {
  return row.role == Role::positional ? row.name : "--" + row.name;
}

std::string joined(const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& value : values) text += (text.empty() ? "" : ", ") + value;
  return text;
}

template <typename T>
std::string describe(const OptionRow<T>& row, const std::string& value) {
  const std::string range = row.range.empty() ? "" : " (" + row.range + ")";
  return row.help + range + (value.empty() ? "" : " [" + value + "]");
}

template <typename T>
std::string defaultOf(const OptionRow<T>& row) {
  return joined(row.get(T()));
}

std::string defaultOf(const OptionRow<TrainOptions>& row) {
  const std::string cut = joined(row.get(trainPreset("CUT")));
  const std::string fastCut = joined(row.get(trainPreset("FastCUT")));
  return cut == fastCut || row.name == "CUT_mode" ? cut : cut + "; FastCUT: " + fastCut;
}

// A switch takes what stands behind it for its value, unless that might be IN.
template <typename T>
CLI::Option* addOption(CLI::App& command, const OptionRow<T>& row, bool positionals) {
  const bool isSwitch = row.kind == ValueKind::boolean;
  CLI::Option* option =
      isSwitch && positionals ? command.add_flag(cliName(row)) : command.add_option(cliName(row));
  if (isSwitch && !positionals) option->expected(0, 1);
  return option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

template <typename T>
std::string ignoredNames(const OptionTable<T>& table) {
  std::vector<std::string> names;
  for (const auto& row : table.rows())
    if (row.role == Role::ignored) names.push_back("--" + row.name);
  return names.empty() ? "" : "\nTaken, and without effect here: " + listed(names, "and") + ".";
}

struct Texts {
  const char* name;
  const char* introduction;
  const char* more;
};

template <typename T>
void declare(CLI::App& app, const Texts& texts, const OptionTable<T>& table) {
  CLI::App& command = *app.add_subcommand(texts.name, texts.introduction);
  const auto& rows = table.rows();
  const bool positionals =
      std::any_of(rows.begin(), rows.end(), [](const auto& row) { return row.role == Role::positional; });
  for (const auto& row : rows)
    addOption(command, row, positionals)
        ->description(describe(row, defaultOf(row)))
        ->option_text(row.shown)
        ->group(row.group);
  command.set_help_flag("-h,--help", "print this")->group("Help");
  command.allow_extras();
  command.footer(texts.more + ignoredNames(table));
}

// CLI11 would take what comes next for the value of `--name=`.
void refuseEmptyValues(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word.starts_with("--") && word.ends_with('='))
      misuse(printable(word.substr(0, word.size() - 1)) + ": expected a value behind the =, got nothing");
  }
}

template <typename T>
Given givenTo(CLI::App& command, const OptionTable<T>& table) {
  Given given;
  for (const auto& row : table.rows()) {
    const CLI::Option* option = command.get_option(cliName(row));
    if (option->count() == 0) continue;
    given[row.name] = option->results();
    for (std::string& value : given[row.name])
      if (row.kind == ValueKind::boolean && value.empty()) value = "true";
  }
  return given;
}

template <typename T>
void refuseForgottenValues(const OptionTable<T>& table, const Given& given) {
  for (const auto& [name, values] : given)
    for (const std::string& value : values)
      if (value.starts_with("--") && table.find(value.substr(2)) != nullptr)
        refuse(name, "expected a value, got the option " + value);
}

template <typename T>
void refuseUnknown(CLI::App& command, const OptionTable<T>& table) {
  const auto words = command.remaining();
  if (words.empty()) return;
  const auto option =
      std::find_if(words.begin(), words.end(), [](const std::string& word) { return word.starts_with('-'); });
  const std::string called = "cut-trainer " + command.get_name();
  if (option == words.end())
    misuse("'" + printable(words.front()) + "' is left over: no option takes it; " + called +
           " --help lists what there is");
  const std::string name = option->substr(0, option->find('='));
  const std::string meant =
      nearest(name.substr(std::min(name.find_first_not_of('-'), name.size())), table.names());
  misuse("'" + printable(name) + "' is no option of " + called + "; " +
         (meant.empty() ? called + " --help lists them" : "did you mean --" + meant + "?"));
}

// Values in the table's order, so that the same mistakes are told of first.
template <typename T>
void apply(const OptionTable<T>& table, const Given& given, T& options) {
  for (const auto& row : table.rows()) {
    const auto found = given.find(row.name);
    if (found == given.end()) continue;
    const auto& values = found->second;
    for (std::size_t i = row.repeatable || values.empty() ? 0 : values.size() - 1; i < values.size(); ++i)
      row.set(options, values[i]);
  }
}

template <typename T>
void tellOfIgnored(const OptionTable<T>& table, const Given& given, Notices& notices) {
  std::vector<std::string> names;
  for (const auto& row : table.rows())
    if (row.role == Role::ignored && given.contains(row.name)) names.push_back("--" + row.name);
  if (!names.empty())
    notices.push_back(listed(names, "and") + (names.size() == 1 ? " has" : " have") + " no effect here");
}

template <typename T>
CommandLine read(CLI::App& command, const OptionTable<T>& table) {
  CommandLine line;
  const Given given = givenTo(command, table);
  refuseForgottenValues(table, given);
  refuseUnknown(command, table);
  refuseTwoDevices(given);
  T options;
  apply(table, given, options);
  tellOfIgnored(table, given, line.notices);
  if constexpr (std::is_same_v<T, TestOptions>) settle(options, given);
  options.validate();
  line.command = std::move(options);
  return line;
}

// What a model's origin says of a command with a file: what that held is not in the command.
std::string withConfig(const std::string& typed, const Given& before, const Given& given) {
  std::string text;
  for (const auto& [name, values] : given) {
    if (before.contains(name)) continue;
    for (const std::string& value : values) text += " --" + name + "=" + shellWord(value);
  }
  return text.empty() ? typed : typed + "  # in the file:" + text;
}

CommandLine readTrain(CLI::App& command, const TrainTable& table, const std::string& typed) {
  CommandLine line;
  Given given = givenTo(command, table);
  refuseForgottenValues(table, given);
  refuseUnknown(command, table);
  refuseTwoDevices(given);
  const Given onCommandLine = given;
  if (const auto config = given.find("config"); config != given.end())
    addFromConfig(config->second.back(), given);
  TrainOptions options;
  if (const auto mode = given.find("CUT_mode"); mode != given.end()) {
    table.find("CUT_mode")->set(options, mode->second.back());
    options = trainPreset(options.cutMode);
  }
  apply(table, given, options);
  tellOfIgnored(table, given, line.notices);
  settle(options, given, line.notices);
  options.command = withConfig(typed, onCommandLine, given);
  options.validate();
  line.command = std::move(options);
  return line;
}

void refuseUnknownCommand(int argc, const char* const* argv) {
  const std::vector<std::string> names{"train", "translate", "test", "evaluate"};
  const std::string expected = "expected a command, " + listed(names);
  if (argc < 2) misuse(expected + "; cut-trainer --help explains them");
  const std::string word = argv[1];
  if (std::find(names.begin(), names.end(), word) != names.end() || word == "--help" || word == "-h" ||
      word == "--version")
    return;
  const std::string meant = nearest(word, names);
  misuse(expected + ", got '" + printable(word) + "'" +
         (meant.empty() ? (word.starts_with('-') ? "; options stand behind it" : "")
                        : "; did you mean " + meant + "?"));
}

class Parser {
 public:
  Parser() {
    app_.footer(help::programMore);
    app_.set_version_flag("--version", "cut-trainer " CUT_VERSION, "print the version");
    app_.set_help_flag("-h,--help", "print this");
    app_.require_subcommand(1);
    app_.formatter(std::make_shared<HelpFormatter>(helpWidth()));
    declare(app_, {"train", help::trainIntroduction, help::trainMore}, train_);
    declare(app_, {"translate", help::translateIntroduction, help::translateMore}, translate_);
    declare(app_, {"test", help::testIntroduction, help::testMore}, test_);
    declare(app_, {"evaluate", help::evaluateIntroduction, help::evaluateMore}, evaluate_);
  }

  CommandLine run(int argc, const char* const* argv, std::ostream& out, std::ostream& err) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ArgumentMismatch&) {
      misuse(printable(argv[argc - 1]) + ": expected a value behind it, got nothing");
    } catch (const CLI::Success& request) {
      return {Finished{app_.exit(request, out, err)}, {}};
    } catch (const CLI::ParseError& error) {
      misuse(error.what());
    }
    CLI::App& command = *app_.get_subcommands().front();
    const std::string& name = command.get_name();
    if (name == "train") return readTrain(command, train_, shellCommand(argc, argv));
    if (name == "translate") return read(command, translate_);
    if (name == "test") return read(command, test_);
    return read(command, evaluate_);
  }

 private:
  CLI::App app_{help::program, "cut-trainer"};
  TrainTable train_ = trainTable();
  OptionTable<TranslateOptions> translate_ = translateTable();
  OptionTable<TestOptions> test_ = testTable();
  OptionTable<EvaluateOptions> evaluate_ = evaluateTable();
};

}  // namespace

CommandLine parseCommandLine(int argc, const char* const* argv, std::ostream& out, std::ostream& err) {
  try {
    refuseUnknownCommand(argc, argv);
    refuseEmptyValues(argc, argv);
    return Parser().run(argc, argv, out, err);
  } catch (const Error& error) {
    err << "cut-trainer: " << error.what() << '\n';
  }
  return {Finished{misused}, {}};
}

}  // namespace cut::trainer
