// SPDX-License-Identifier: MIT
// --help explains everything, within the width of the terminal.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <sstream>

#include "parsed.hpp"
#include "trainer/options/help.hpp"
#include "trainer/options/tables.hpp"

namespace cut::trainer::test {
namespace {

using testing::HasSubstr;

std::string helpAt(const char* columns, const std::vector<std::string>& words) {
  ::setenv("COLUMNS", columns, 1);
  const Parsed result = parsed(words);
  ::unsetenv("COLUMNS");
  EXPECT_EQ(result.status(), 0);
  EXPECT_EQ(result.err, "");
  return result.out;
}

TEST(Help, OfTheProgramNamesEveryCommandWithAnExample) {
  const std::string text = helpAt("100", {"--help"});
  for (const char* command : {"train", "translate", "test", "evaluate", "similarity"}) {
    EXPECT_THAT(text, HasSubstr(std::string("\n  ") + command + " "));
    EXPECT_THAT(text, HasSubstr(std::string("cut-trainer ") + command + " --"));
  }
}

TEST(Help, OfTrainExplainsEveryOptionInItsGroup) {
  const std::string text = helpAt("100", {"train", "--help"});
  TrainOptions options;
  const OptionTable table = trainTable(options);
  for (const auto& row : table.rows()) {
    if (row.role == Role::refused) continue;
    EXPECT_THAT(text, HasSubstr("--" + row.name)) << row.name;
    if (row.role == Role::option) {
      EXPECT_THAT(text, HasSubstr("\n  --" + row.name)) << row.name;
      EXPECT_THAT(text, HasSubstr(row.group + ":\n")) << row.name;
      EXPECT_FALSE(row.help.empty()) << row.name;
    }
  }
}

TEST(Help, NamesRangesDefaultsAndTheDifferenceOfThePresets) {
  const std::string text = helpAt("100", {"train", "--help"});
  EXPECT_THAT(text, HasSubstr("(1 to 1000000) [5; SinCUT: 1]"));
  EXPECT_THAT(text, HasSubstr("(0 to 16384) [0]"));
  EXPECT_THAT(text, HasSubstr("(4 to 16384) [286; SinCUT: 1024]"));
  EXPECT_THAT(text, HasSubstr("[200; FastCUT: 150;"));
  EXPECT_THAT(text, HasSubstr("(0 to 100000) [1; FastCUT: 10;"));
}

TEST(Help, KeepsToTheWidthOfTheTerminal) {
  for (const auto& [columns, width] :
       {std::pair<const char*, std::size_t>{"80", 80}, {"100", 100}, {"200", 100}})
    for (const char* command : {"train", "translate", "test", "evaluate", "similarity"}) {
      std::istringstream lines(helpAt(columns, {command, "--help"}));
      for (std::string line; std::getline(lines, line);) {
        EXPECT_LE(line.size(), width) << line;
        EXPECT_FALSE(line.ends_with(' ')) << line;
      }
    }
}

TEST(Help, OfTranslateShowsWhereItsFilesStand) {
  EXPECT_THAT(helpAt("80", {"translate", "-h"}),
              HasSubstr("Usage: cut-trainer translate [options] IN OUT\n"));
}

TEST(Help, ComesBeforeWhatIsWrongElsewhere) {
  EXPECT_THAT(helpAt("80", {"train", "--no_such_option", "--help"}), HasSubstr("Usage: cut-trainer train"));
}

TEST(Version, IsPrinted) {
  const Parsed result = parsed({"--version"});
  EXPECT_EQ(result.status(), 0);
  EXPECT_TRUE(result.out.starts_with("cut-trainer ")) << result.out;
}

TEST(Wrapped, BreaksBetweenWordsAndKeepsIndentedLines) {
  EXPECT_EQ(wrapped("one two three", 2, 9), "one two\n  three");
  EXPECT_EQ(wrapped("a\n\n  b   c", 0, 4), "a\n\n  b   c");
  EXPECT_EQ(wrapped("averylongword x", 1, 5), "averylongword\n x");
}

}  // namespace
}  // namespace cut::trainer::test
