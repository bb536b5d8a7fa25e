// SPDX-License-Identifier: MIT
#include "trainer/report/progress.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <sstream>
#include <stdexcept>

#include "records.hpp"

namespace cut::trainer {
namespace {

using test::record;
using testing::HasSubstr;
using testing::Not;

// Both ends of a pseudo terminal.
class Terminal {
 public:
  explicit Terminal(unsigned short columns) : master_(::posix_openpt(O_RDWR | O_NOCTTY)) {
    if (master_ < 0 || ::grantpt(master_) != 0 || ::unlockpt(master_) != 0)
      throw std::runtime_error("no terminal");
    slave_ = ::open(::ptsname(master_), O_RDWR | O_NOCTTY);
    setColumns(columns);
  }
  ~Terminal() {
    ::close(slave_);
    ::close(master_);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  int descriptor() const { return slave_; }
  void setColumns(unsigned short columns) const {
    const winsize size{.ws_row = 24, .ws_col = columns, .ws_xpixel = 0, .ws_ypixel = 0};
    ::ioctl(master_, TIOCSWINSZ, &size);
  }

 private:
  int master_;
  int slave_ = -1;
};

class ProgressTest : public testing::Test {
 protected:
  ProgressTest() {
    ::setenv("TERM", "xterm", 1);
    ::setenv("LC_ALL", "C.UTF-8", 1);
    ::unsetenv("NO_COLOR");
  }
  ~ProgressTest() override { ::unsetenv("LC_ALL"); }

  void step(ProgressBar& progress, const StepRecord& each) {
    throughput.add(each);
    progress.step(each, throughput);
  }
  // What was written since the last call.
  std::string output() {
    std::string text = stream.str();
    stream.str("");
    return text;
  }

  ReportOptions options{
      .folder = {}, .title = "t", .configuration = {}, .stepsPerEpoch = 10, .epochs = 20, .printEvery = 5};
  Throughput throughput{200};
  std::ostringstream stream;
};

TEST_F(ProgressTest, PrintsPlainLinesWithoutATerminal) {
  ProgressBar progress(options, stream, -1);
  for (int i = 1; i <= 12; ++i) step(progress, record(i));
  progress.finish(throughput);
  EXPECT_EQ(output(),
            "epoch 1/20, step 1/200: G 1, D 0.25; 2 images/s, 1 min 40 s left\n"
            "epoch 1/20, step 5/200: G 0.2, D 0.25; 2 images/s, 1 min 38 s left\n"
            "epoch 1/20, step 10/200: G 0.1, D 0.25; 2 images/s, 1 min 35 s left\n"
            "epoch 2/20, step 12/200: G 0.08333, D 0.25; 2 images/s, 1 min 34 s left\n");
}

TEST_F(ProgressTest, PrintFrequencyZeroPrintsNoSteps) {
  options.printEvery = 0;
  ProgressBar progress(options, stream, -1);
  step(progress, record(1));
  progress.finish(throughput);
  EXPECT_EQ(output(), "");
}

TEST_F(ProgressTest, DrawsABarAndLeavesTheCursorBelowIt) {
  const Terminal terminal(100);
  ProgressBar progress(options, stream, terminal.descriptor());
  step(progress, record(100));
  const std::string drawn = output();
  EXPECT_THAT(drawn, HasSubstr("Epoch 10/20"));
  EXPECT_THAT(drawn, HasSubstr("━"));
  EXPECT_THAT(drawn, HasSubstr("50 %"));
  EXPECT_THAT(drawn, HasSubstr("50 s left"));
  EXPECT_THAT(drawn, HasSubstr("2 images/s"));
  EXPECT_TRUE(drawn.ends_with("\n\x1b[J"));
  progress.finish(throughput);
  EXPECT_THAT(output(), testing::StartsWith("\r\x1b[2A"));  // over the two lines
}

TEST_F(ProgressTest, NoticeAppearsAboveTheBar) {
  const Terminal terminal(100);
  ProgressBar progress(options, stream, terminal.descriptor());
  step(progress, record(100));
  output();
  progress.notice("an image is damaged");
  const std::string drawn = output();
  EXPECT_THAT(drawn, testing::StartsWith("\r\x1b[2A\x1b[Jan image is damaged\n"));
  EXPECT_THAT(drawn, HasSubstr("Epoch 10/20"));
}

TEST_F(ProgressTest, NarrowedTerminalIsRedrawnFromItsWrappedRows) {
  const Terminal terminal(100);
  ProgressBar progress(options, stream, terminal.descriptor());
  step(progress, record(100));
  const std::string first = output();
  terminal.setColumns(30);
  progress.finish(throughput);
  const std::size_t rows = (shownColumns(first.substr(0, first.find("\x1b[K"))) + 29) / 30 + 1;
  EXPECT_THAT(output(), testing::StartsWith("\r\x1b[" + std::to_string(rows) + "A"));
}

TEST_F(ProgressTest, DumbTerminalGetsPlainLines) {
  ::setenv("TERM", "dumb", 1);
  const Terminal terminal(100);
  ProgressBar progress(options, stream, terminal.descriptor());
  step(progress, record(5));
  EXPECT_THAT(output(), Not(HasSubstr("\x1b")));
}

TEST_F(ProgressTest, EscapeSequencesInNamesAndNoticesAreQuoted) {
  const Terminal terminal(100);
  ProgressBar progress(options, stream, terminal.descriptor());
  step(progress, record(5, {{"\x1b]0;owned\x07", 1}}));
  progress.notice("bad \x1b[2J name\r\n");
  const std::string drawn = output();
  EXPECT_THAT(drawn, Not(HasSubstr("\x1b]")));
  EXPECT_THAT(drawn, Not(HasSubstr("\x1b[2J")));
  EXPECT_THAT(drawn, HasSubstr("bad \\x1b[2J name\\x0d\\x0a\n"));
}

TEST(ProgressText, BarLinesFitEveryWidth) {
  Throughput throughput(400'000);
  const StepRecord each = record(123'456, {{"G_GAN", 0.3}, {"D_real", 0.2}, {"NCE", 5.43}, {"naïve", 1e-7}});
  throughput.add(each);
  for (std::size_t columns = 1; columns < 200; ++columns)
    for (const bool utf8 : {false, true}) {
      const auto lines = barLines(each, 400, throughput, {.columns = columns, .utf8 = utf8, .colour = true});
      EXPECT_LE(lines.size(), 2U);
      for (const std::string& line : lines)
        EXPECT_LE(shownColumns(line), std::max<std::size_t>(1, columns - 1)) << columns;
    }
}

TEST(ProgressText, BarIsAsciiWithoutUtf8) {
  Throughput throughput(200);
  throughput.add(record(100));
  const auto lines = barLines(record(100), 20, throughput, {.columns = 100, .utf8 = false, .colour = false});
  for (const char c : lines[0]) EXPECT_TRUE(c >= ' ' && c <= '~') << lines[0];
  EXPECT_THAT(lines[0], HasSubstr("[====="));
}

TEST(ProgressText, UnknownLengthShowsNoTimeLeft) {
  Throughput throughput(0);
  throughput.add(record(7));
  EXPECT_EQ(plainLine(record(7), 0, throughput), "epoch 1, step 7: G 0.1429, D 0.25; 2 images/s");
  EXPECT_THAT(barLines(record(7), 0, throughput, {.columns = 100, .utf8 = true, .colour = false})[0],
              testing::AllOf(Not(HasSubstr("left")), Not(HasSubstr("%"))));
}

TEST(ThroughputTest, ResumedRunCountsOnlyItsOwnImages) {
  Throughput throughput(2000);
  StepRecord each = record(1001);
  each.images = 1004;
  throughput.add(each);
  for (int i = 0; i < 500; ++i) {
    ++each.step;
    each.images += 4;
    throughput.add(each);
  }
  EXPECT_NEAR(throughput.imagesPerSecond(), 8, 0.01);
  EXPECT_NEAR(throughput.secondsLeft(), (2000 - 1501) * 0.5, 0.1);
}

}  // namespace
}  // namespace cut::trainer
