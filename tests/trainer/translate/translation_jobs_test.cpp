// SPDX-License-Identifier: MIT
#include "trainer/translate/translation_jobs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scratch.hpp"

namespace cut::trainer::test {
namespace {

namespace fs = std::filesystem;

// Names relative to the output folder, in the order of the jobs.
std::vector<std::string> namesOf(const std::vector<Job>& jobs, const fs::path& output) {
  std::vector<std::string> names;
  for (const Job& job : jobs) names.push_back(job.output.lexically_relative(output).string());
  return names;
}

TEST(TranslationJobs, FolderKeepsRelativePathsAndWritesPng) {
  const Scratch scratch;
  scratch.writeFlat("in/b/deep/two.jpg", 10);
  scratch.writeFlat("in/one.bmp", 10);
  scratch.writeBytes("in/notes.txt", "no image");
  const auto jobs = planJobs({scratch.path("in"), scratch.path("out")});
  EXPECT_THAT(namesOf(jobs, scratch.path("out")), testing::ElementsAre("b/deep/two.png", "one.png"));
}

TEST(TranslationJobs, HiddenFilesAndFoldersAreIgnored) {
  const Scratch scratch;
  for (const char* name : {"in/a.png", "in/._a.png", "in/.cache/b.png", "in/__MACOSX/c.png", "in/.DS_Store"})
    scratch.writeBytes(name, "x");
  const auto jobs = planJobs({scratch.path("in"), scratch.path("out")});
  EXPECT_THAT(namesOf(jobs, scratch.path("out")), testing::ElementsAre("a.png"));
}

TEST(TranslationJobs, UnsupportedImageFormatIsPlannedSoThatItIsReported) {
  const Scratch scratch;
  scratch.writeBytes("in/a.heic", "x");
  const auto jobs = planJobs({scratch.path("in"), scratch.path("out")});
  EXPECT_THAT(namesOf(jobs, scratch.path("out")), testing::ElementsAre("a.png"));
}

TEST(TranslationJobs, GifIsWrittenAsPngOnly) {
  const Scratch scratch;
  scratch.writeBytes("a.gif", "x");
  EXPECT_EQ(planJobs({scratch.path("a.gif"), scratch.path("b.png")}).size(), 1U);
  expectError(ErrorKind::invalidArgument, {"b.gif", "png, jpg"}, [&] {
    planJobs({scratch.path("a.gif"), scratch.path("b.gif")});
  });
}

TEST(TranslationJobs, FilesOfTheSameOutputNameKeepTheirSuffix) {
  const Scratch scratch;
  scratch.writeFlat("in/a.jpg", 10);
  scratch.writeFlat("in/a.png", 10);
  const auto jobs = planJobs({scratch.path("in"), scratch.path("out")});
  EXPECT_THAT(namesOf(jobs, scratch.path("out")), testing::ElementsAre("a.jpg.png", "a.png.png"));
}

TEST(TranslationJobs, WritableContainersAreKeptAndOthersBecomeMp4) {
  const Scratch scratch;
  for (const char* name : {"in/a.mkv", "in/b.flv", "in/c.MP4"}) scratch.writeBytes(name, "x");
  const auto jobs = planJobs({scratch.path("in"), scratch.path("out")});
  EXPECT_THAT(namesOf(jobs, scratch.path("out")), testing::ElementsAre("a.mkv", "b.mp4", "c.MP4"));
  EXPECT_EQ(jobs.front().kind, Job::Kind::video);
}

TEST(TranslationJobs, OutputsOfAnEarlierRunAreNotInputs) {
  const Scratch scratch;
  scratch.writeFlat("in/a.jpg", 10);
  scratch.writeFlat("in/out/a.png", 10);
  const auto jobs = planJobs({scratch.path("in"), scratch.path("in/out"), true});
  EXPECT_THAT(namesOf(jobs, scratch.path("in")), testing::ElementsAre("out/a.png"));
}

TEST(TranslationJobs, SingleFileGoesIntoAnExistingFolderOrOneWithATrailingSlash) {
  const Scratch scratch;
  const fs::path image = scratch.writeFlat("a.jpg", 10);
  fs::create_directories(scratch.path("there"));
  EXPECT_EQ(planJobs({image, scratch.path("there")}).front().output, scratch.path("there/a.png"));
  EXPECT_EQ(planJobs({image, scratch.path("new/")}).front().output, scratch.path("new/a.png"));
  EXPECT_EQ(planJobs({image, scratch.path("b.webp")}).front().output, scratch.path("b.webp"));
}

TEST(TranslationJobs, InputIsNeverOverwrittenThroughAnyPath) {
  const Scratch scratch;
  const fs::path image = scratch.writeFlat("a.png", 10);
  fs::create_symlink(image, scratch.path("link.png"));
  fs::create_hard_link(image, scratch.path("hard.png"));
  for (const char* name : {"a.png", "link.png", "hard.png"})
    expectError(ErrorKind::invalidArgument, {name, "input"}, [&] {
      planJobs({image, scratch.path(name), true});
    });
  expectError(ErrorKind::invalidArgument, {"another folder"}, [&] {
    planJobs({scratch.path(""), scratch.path("."), true});
  });
}

TEST(TranslationJobs, OtherInputsOfTheRunAreNeverOverwritten) {
  const Scratch scratch;
  scratch.writeFlat("out/in/a.jpg", 10);
  scratch.writeFlat("out/in/in/a.jpg", 10);
  scratch.writeFlat("out/in/a.png", 10);
  expectError(ErrorKind::invalidArgument, {"is an input itself"}, [&] {
    planJobs({scratch.path("out/in"), scratch.path("out"), true});
  });
}

TEST(TranslationJobs, ExistingOutputIsReplacedOnlyWithOverwrite) {
  const Scratch scratch;
  const fs::path image = scratch.writeFlat("a.png", 10);
  const fs::path there = scratch.writeFlat("b.png", 10);
  expectError(ErrorKind::invalidArgument, {"b.png", "--overwrite"}, [&] { planJobs({image, there}); });
  EXPECT_EQ(planJobs({image, there, true}).size(), 1U);
}

TEST(TranslationJobs, MissingOrInvalidArgumentsAreNamed) {
  const Scratch scratch;
  const fs::path image = scratch.writeFlat("a.png", 10);
  const fs::path text = scratch.writeBytes("empty/notes.txt", "none");
  const fs::path out = scratch.path("out");
  expectError(ErrorKind::notFound, {"nowhere"}, [&] { planJobs({scratch.path("nowhere"), out}); });
  expectError(ErrorKind::wrongFile, {"empty", "found none"}, [&] { planJobs({scratch.path("empty"), out}); });
  expectError(ErrorKind::wrongFile, {"notes.txt"}, [&] { planJobs({text, out}); });
  expectError(ErrorKind::invalidArgument, {"out", "png"}, [&] { planJobs({image, out}); });
  expectError(ErrorKind::invalidArgument, {"a.png", "expected a folder"}, [&] {
    planJobs({scratch.path("empty"), image});
  });
}

}  // namespace
}  // namespace cut::trainer::test
