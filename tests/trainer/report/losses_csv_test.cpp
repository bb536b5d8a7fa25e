// SPDX-License-Identifier: MIT
#include "trainer/report/losses_csv.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <clocale>
#include <cmath>
#include <limits>
#include <memory>

#include "records.hpp"
#include "scratch.hpp"

namespace cut::trainer {
namespace {

using test::bytesOf;
using test::expectError;
using test::record;
using test::Scratch;

class LossTableTest : public testing::Test {
 protected:
  // A run that reports the steps from first to last.
  void run(std::int64_t firstStep, const std::vector<StepRecord>& records) {
    LossTable table(path(), firstStep, [this](const StepRecord& old) { earlier.push_back(old.step); });
    goesOn = table.open(records.front(), [this](const std::string& text) { notices.push_back(text); });
    for (const StepRecord& each : records) table.add(each);
    table.flush();
  }
  std::filesystem::path path() const { return scratch.path("losses.csv"); }

  Scratch scratch;
  std::vector<std::int64_t> earlier;
  std::vector<std::string> notices;
  bool goesOn = false;
};

constexpr const char* header = "step,images,epoch,learning_rate,seconds_of_step,seconds_of_data,G,D\n";

TEST_F(LossTableTest, WritesAHeaderAndARowPerStepInFullPrecision) {
  run(0, {record(1), record(3)});
  EXPECT_EQ(bytesOf(path()), std::string(header) +
                                 "1,1,1,2e-04,0.4,0.1,1,0.25\n"
                                 "3,3,1,2e-04,0.4,0.1,0.3333333333333333,0.25\n");
  EXPECT_TRUE(notices.empty());
}

TEST_F(LossTableTest, LocaleWithDecimalCommasChangesNothing) {
  const std::string before = std::setlocale(LC_ALL, nullptr);
  for (const char* name : {"de_DE.UTF-8", "fr_FR.UTF-8", "C.UTF-8"})
    if (std::setlocale(LC_ALL, name)) break;
  run(0, {record(1)});
  std::setlocale(LC_ALL, before.c_str());
  EXPECT_EQ(bytesOf(path()), std::string(header) + "1,1,1,2e-04,0.4,0.1,1,0.25\n");
}

TEST_F(LossTableTest, ResumeTruncatesRowsAfterTheCheckpoint) {
  run(0, {record(1), record(2), record(3), record(4)});
  run(2, {record(3, {{"G", 7}, {"D", 8}})});
  EXPECT_TRUE(goesOn);
  EXPECT_EQ(earlier, (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(bytesOf(path()), std::string(header) +
                                 "1,1,1,2e-04,0.4,0.1,1,0.25\n"
                                 "2,2,1,2e-04,0.4,0.1,0.5,0.25\n"
                                 "3,3,1,2e-04,0.4,0.1,7,8\n");
  EXPECT_TRUE(notices.empty());
}

TEST_F(LossTableTest, ResumeDropsAnUnfinishedRow) {
  scratch.writeBytes("losses.csv", std::string(header) + "1,1,1,2e-04,0.4,0.1,1,0.25\n2,2,1,0.00");
  run(2, {record(3)});
  EXPECT_TRUE(goesOn);
  EXPECT_EQ(bytesOf(path()), std::string(header) +
                                 "1,1,1,2e-04,0.4,0.1,1,0.25\n"
                                 "3,3,1,2e-04,0.4,0.1,0.3333333333333333,0.25\n");
}

TEST_F(LossTableTest, FileIsUntouchedBeforeTheFirstStep) {
  run(0, {record(1), record(2), record(3)});
  const std::string before = bytesOf(path());
  {
    const LossTable table(path(), 1, [](const StepRecord&) {});
  }
  EXPECT_EQ(bytesOf(path()), before);
}

TEST_F(LossTableTest, OtherColumnsMoveTheFileAsideWithANotice) {
  run(0, {record(1, {{"NCE", 4}})});
  const std::string old = bytesOf(path());
  run(1, {record(2)});
  EXPECT_FALSE(goesOn);
  EXPECT_EQ(bytesOf(scratch.path("losses.1.csv")), old);
  EXPECT_EQ(bytesOf(path()), std::string(header) + "2,2,1,2e-04,0.4,0.1,0.5,0.25\n");
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_THAT(notices[0], testing::HasSubstr("losses.1.csv"));
}

TEST_F(LossTableTest, NewRunMovesTheEarlierFileAside) {
  run(0, {record(1), record(2)});
  run(0, {record(1)});
  run(0, {record(1)});
  EXPECT_TRUE(std::filesystem::exists(scratch.path("losses.1.csv")));
  EXPECT_TRUE(std::filesystem::exists(scratch.path("losses.2.csv")));
  EXPECT_EQ(notices.size(), 2U);
}

TEST_F(LossTableTest, ForeignFileIsMovedAside) {
  for (const std::string& bytes :
       {std::string("hello"), std::string(1 << 20, 'x'), std::string(header) + "1,2,x\n",
        std::string(header) + "2,2,1,0,0,0,0,0\n1,1,1,0,0,0,0,0\n", std::string("\0\0\0\n", 4),
        "\"" + std::string(100, '\n')}) {
    scratch.writeBytes("losses.csv", bytes);
    notices.clear();
    run(5, {record(6)});
    EXPECT_FALSE(goesOn);
    EXPECT_EQ(notices.size(), 1U) << bytes.substr(0, 40);
  }
}

TEST_F(LossTableTest, NamesWithCommasQuotesAndNewlinesRoundTrip) {
  const std::vector<std::pair<std::string, double>> odd = {{"a,b", 1}, {"c\"d", 2}, {"e\nf", 3}, {"", 4}};
  run(0, {record(1, odd)});
  run(1, {record(2, odd)});
  EXPECT_TRUE(goesOn);
  EXPECT_EQ(earlier, std::vector<std::int64_t>{1});
}

TEST_F(LossTableTest, NonFiniteValuesRoundTrip) {
  run(0, {record(1, {{"G", std::nan("")}, {"D", -std::numeric_limits<double>::infinity()}})});
  run(1, {record(2)});
  EXPECT_TRUE(goesOn);
}

TEST_F(LossTableTest, OtherLossesThanInTheFirstRowAreAnError) {
  const std::vector<std::pair<std::string, double>> exchanged = {{"D", 1}, {"G", 2}};
  expectError(ErrorKind::invalidArgument, {"step 2"}, [&] { run(0, {record(1), record(2, exchanged)}); });
}

TEST_F(LossTableTest, DirectoryInPlaceOfTheFileIsAnError) {
  std::filesystem::create_directory(path());
  expectError(ErrorKind::io, {"losses.csv"}, [this] { run(3, {record(4)}); });
}

// No file of this process may grow beyond so many bytes: as on a disk that is full.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    previousHandler_ = ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &previous_);
    const rlimit limit{bytes, previous_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &previous_);
    ::signal(SIGXFSZ, previousHandler_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit previous_{};
  void (*previousHandler_)(int) = nullptr;
};

TEST_F(LossTableTest, FullDiskIsAnErrorWithoutPartialOrLostRows) {
  LossTable table(path(), 0, [](const StepRecord&) {});
  table.open(record(1), [](const std::string&) {});
  table.add(record(1));
  table.flush();
  const std::string before = bytesOf(path());
  {
    const FullDisk full(before.size() + 10);
    expectError(ErrorKind::io, {"losses.csv", "cannot be written"}, [&table] {
      table.add(record(2));
      table.flush();
    });
  }
  EXPECT_EQ(bytesOf(path()), before);
  table.flush();
  EXPECT_EQ(bytesOf(path()), before + "2,2,1,2e-04,0.4,0.1,0.5,0.25\n");
}

}  // namespace
}  // namespace cut::trainer
