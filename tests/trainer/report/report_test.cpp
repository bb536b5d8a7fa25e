// SPDX-License-Identifier: MIT
#include "trainer/report/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "records.hpp"
#include "scratch.hpp"

namespace cut::trainer {
namespace {

using nlohmann::json;
using test::bytesOf;
using test::expectError;
using test::gradient;
using test::record;
using test::Scratch;
using testing::HasSubstr;
using testing::Not;

class ReportTest : public testing::Test {
 protected:
  std::unique_ptr<Report> open() { return std::make_unique<Report>(options, terminal, -1); }
  // A run over these steps.
  void run(std::int64_t first, std::int64_t last) {
    options.firstStep = first;
    const auto report = open();
    for (std::int64_t step = first + 1; step <= last; ++step) report->step(record(step));
  }
  std::string page() const { return bytesOf(folder() / "web/index.html"); }
  std::filesystem::path folder() const { return options.folder; }
  // What the page was given to show: "run-data", "curve-data", "picture-data".
  json data(const std::string& id) const {
    const std::string text = page();
    const std::string tag = "id=\"" + id + "\">";
    const std::size_t begin = text.find(tag) + tag.size();
    return json::parse(text.substr(begin, text.find("</script>", begin) - begin));
  }
  std::size_t eventFiles() const {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder()))
      count += entry.path().filename().string().starts_with("events.out.tfevents.") ? 1 : 0;
    return count;
  }

  Scratch scratch;
  std::ostringstream terminal;
  ReportOptions options{.folder = scratch.path("checkpoints/run"),
                        .title = "run",
                        .configuration = {{"ngf", "64"}},
                        .firstStep = 0,
                        .stepsPerEpoch = 10,
                        .epochs = 3};
};

std::vector<PictureRow> rows() {
  return {{.name = "one.png", .pictures = {{"real A", gradient(8, 6)}}}};
}

TEST_F(ReportTest, WritesEveryFileAtTheEnd) {
  run(0, 30);
  EXPECT_THAT(bytesOf(folder() / "losses.csv"), HasSubstr("\n30,30,3,"));
  EXPECT_EQ(eventFiles(), 1U);
  EXPECT_EQ(data("run-data")["state"], "finished");
  EXPECT_EQ(data("curve-data")["steps"].size(), 30U);
  EXPECT_THAT(terminal.str(), HasSubstr("epoch 3/3, step 30/30: G 0.03333, D 0.25;"));
}

TEST_F(ReportTest, PageSaysStoppedAfterAnEarlyEnd) {
  run(0, 12);
  EXPECT_EQ(data("run-data")["state"], "stopped");
}

TEST_F(ReportTest, FlushWritesEveryFileOfARunningRun) {
  const auto report = open();
  report->step(record(1));
  report->step(record(2));
  report->flush();
  EXPECT_THAT(bytesOf(folder() / "losses.csv"), HasSubstr("\n2,2,1,"));
  EXPECT_EQ(data("run-data")["state"], "running");
  EXPECT_EQ(data("run-data")["step"], 2);
  EXPECT_EQ(data("run-data")["configuration"], json::parse(R"([["ngf", "64"]])"));
}

TEST_F(ReportTest, PageIsNotRewrittenAtEveryStep) {
  const auto report = open();
  report->step(record(1));
  const auto begin = std::chrono::steady_clock::now();
  const auto written = std::filesystem::last_write_time(folder() / "web/index.html");
  for (int step = 2; step <= 200; ++step) report->step(record(step));
  // A machine that stood still in between may have reached the time of the next page.
  EXPECT_TRUE(std::filesystem::last_write_time(folder() / "web/index.html") == written ||
              std::chrono::steady_clock::now() - begin > std::chrono::seconds(15));
}

TEST_F(ReportTest, ResumedRunKeepsEarlierCurvesAndPictures) {
  {
    const auto report = open();
    for (int step = 1; step <= 15; ++step) {
      report->step(record(step));
      if (step % 5 == 0) report->pictures(1, step, rows());
    }
  }
  run(10, 12);
  EXPECT_EQ(data("curve-data")["steps"], json::parse("[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]"));
  EXPECT_EQ(data("curve-data")["curves"][3]["name"], "images/s");
  EXPECT_EQ(data("curve-data")["curves"][3]["mean"], json(std::vector<double>(12, 2)));
  EXPECT_EQ(data("picture-data")["sets"].size(), 2U);
  EXPECT_EQ(data("picture-data")["images"].size(), 1U);
  EXPECT_EQ(eventFiles(), 2U);
  EXPECT_THAT(bytesOf(folder() / "losses.csv"), Not(HasSubstr("\n13,")));
}

TEST_F(ReportTest, NewRunKeepsNothingOfAnEarlierOne) {
  {
    const auto report = open();
    report->step(record(1));
    report->pictures(1, 1, rows());
  }
  run(0, 2);
  EXPECT_EQ(data("picture-data")["sets"].size(), 0U);
  EXPECT_EQ(data("curve-data")["steps"].size(), 2U);
  EXPECT_EQ(data("run-data")["notices"].size(), 1U);  // losses.csv was moved aside
}

TEST_F(ReportTest, OtherLossColumnsRestartTheCurves) {
  run(0, 5);
  options.firstStep = 5;
  {
    const auto report = open();
    report->step(record(6, {{"NCE", 4}}));
  }
  EXPECT_EQ(data("curve-data")["steps"], json::parse("[6]"));
  EXPECT_EQ(data("curve-data")["curves"][0]["name"], "NCE");
}

TEST_F(ReportTest, UntrustedTextIsEscaped) {
  options.title = "</title><script>a</script> \xFF & \x1b";
  options.configuration = {{"<b>", "</script><script>alert(1)</script>"}};
  const auto report = open();
  report->step(record(1, {{"</script><i>{{title}}", 1}}));
  report->notice("<!--<script> \xFF\xFE");
  report->pictures(1, 1, {{.name = "<img src=x>", .pictures = {{"</script>", gradient(8, 6)}}}});
  const std::string text = page();
  // The page's own script, and the four other elements that are there whatever it shows.
  std::size_t scripts = 0;
  for (std::size_t at = text.find("<script"); at != std::string::npos; at = text.find("<script", at + 1))
    ++scripts;
  EXPECT_EQ(scripts, 4U);
  EXPECT_THAT(text, Not(HasSubstr("<img src=x>")));
  EXPECT_THAT(text, Not(HasSubstr("</script><i>")));
  EXPECT_THAT(text, HasSubstr("<h1>&lt;/title&gt;&lt;script&gt;a"));
  EXPECT_EQ(data("curve-data")["curves"][0]["name"], "</script><i>{{title}}");
  EXPECT_EQ(data("run-data")["notices"][0]["text"], "<!--<script> \xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST_F(ReportTest, PageIsSelfContained) {
  const auto report = open();
  report->step(record(1));
  report->pictures(1, 1, rows());
  const std::string text = page();
  for (const char* part : {"src=\"", "href=\"http", "@import", "fetch("})
    EXPECT_THAT(text, Not(HasSubstr(part)));
  EXPECT_THAT(text, HasSubstr("default-src 'none'"));
}

TEST_F(ReportTest, NoHtmlOptionWritesNoPage) {
  options.html = false;
  {
    const auto report = open();
    report->step(record(1));
    report->pictures(1, 1, rows());
  }
  EXPECT_FALSE(std::filesystem::exists(folder() / "web"));
  EXPECT_TRUE(std::filesystem::exists(folder() / "losses.csv"));
}

TEST_F(ReportTest, RunWithoutAStepLeavesNoFile) {
  open();
  EXPECT_FALSE(std::filesystem::exists(folder() / "losses.csv"));
  EXPECT_FALSE(std::filesystem::exists(folder() / "web/index.html"));
  EXPECT_EQ(eventFiles(), 0U);
}

TEST_F(ReportTest, ResumedRunWithoutAStepKeepsThePage) {
  run(0, 12);
  const std::string before = page();
  run(12, 12);
  EXPECT_EQ(page(), before);
  EXPECT_EQ(eventFiles(), 1U);
}

TEST_F(ReportTest, FileInPlaceOfTheFolderIsAnError) {
  scratch.writeBytes("checkpoints/run", "x");
  expectError(ErrorKind::io, {"checkpoints/run"}, [this] { open(); });
}

TEST_F(ReportTest, DestructorReportsAVanishedFolder) {
  auto report = open();
  report->step(record(1));
  std::filesystem::remove_all(folder());
  EXPECT_THROW(report->flush(), Error);
  report.reset();
  EXPECT_THAT(terminal.str(), HasSubstr("index.html: cannot be written"));
}

}  // namespace
}  // namespace cut::trainer
