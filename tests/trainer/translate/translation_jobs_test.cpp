#include "trainer/translate/translation_jobs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scratch.hpp"

namespace cut::trainer::test {
namespace {

namespace fs = std::filesystem;

// Names relative to the output folder, in the order of the plan.
std::vector<std::string> namesOf(const std::vector<Job>& jobs, const fs::path& output) {
  std::vector<std::string> names;
  for (const Job& job : jobs) names.push_back(job.to.lexically_relative(output).string());
  return names;
}

TEST(Plan, KeepsTheNamesBelowAFolderAndWritesPng) {
  const Scratch scratch;
  scratch.writeFlat("in/b/deep/two.jpg", 10);
  scratch.writeFlat("in/one.bmp", 10);
  scratch.writeBytes("in/notes.txt", "no image");
  const auto jobs = planTranslation({scratch.path("in"), scratch.path("out")});
  EXPECT_THAT(namesOf(jobs, scratch.path("out")), testing::ElementsAre("b/deep/two.png", "one.png"));
}

TEST(Plan, LeavesOutHiddenFilesAndFolders) {
  const Scratch scratch;
  for (const char* name : {"in/a.png", "in/._a.png", "in/.cache/b.png", "in/__MACOSX/c.png", "in/.DS_Store"})
    scratch.writeBytes(name, "x");
  const auto jobs = planTranslation({scratch.path("in"), scratch.path("out")});
  EXPECT_THAT(namesOf(jobs, scratch.path("out")), testing::ElementsAre("a.png"));
}

TEST(Plan, KeepsAnImageOfAFormatThatIsNotReadSoThatItIsNamed) {
  const Scratch scratch;
  scratch.writeBytes("in/a.heic", "x");
  const auto jobs = planTranslation({scratch.path("in"), scratch.path("out")});
  EXPECT_THAT(namesOf(jobs, scratch.path("out")), testing::ElementsAre("a.png"));
}

TEST(Plan, ReadsGifAndWritesItAsPngOnly) {
  const Scratch scratch;
  scratch.writeBytes("a.gif", "x");
  EXPECT_EQ(planTranslation({scratch.path("a.gif"), scratch.path("b.png")}).size(), 1U);
  expectError(ErrorKind::invalidArgument, {"b.gif", "png, jpg"}, [&] {
    planTranslation({scratch.path("a.gif"), scratch.path("b.gif")});
  });
}

TEST(Plan, KeepsTheSuffixOfFilesThatWouldGetOneName) {
  const Scratch scratch;
  scratch.writeFlat("in/a.jpg", 10);
  scratch.writeFlat("in/a.png", 10);
  const auto jobs = planTranslation({scratch.path("in"), scratch.path("out")});
  EXPECT_THAT(namesOf(jobs, scratch.path("out")), testing::ElementsAre("a.jpg.png", "a.png.png"));
}

TEST(Plan, KeepsContainersThatCanBeWrittenAndTakesMp4ForOthers) {
  const Scratch scratch;
  for (const char* name : {"in/a.mkv", "in/b.flv", "in/c.MP4"}) scratch.writeBytes(name, "x");
  const auto jobs = planTranslation({scratch.path("in"), scratch.path("out")});
  EXPECT_THAT(namesOf(jobs, scratch.path("out")), testing::ElementsAre("a.mkv", "b.mp4", "c.MP4"));
  EXPECT_EQ(jobs.front().kind, Job::Kind::video);
}

TEST(Plan, OutputsOfAnEarlierRunAreNotInputs) {
  const Scratch scratch;
  scratch.writeFlat("in/a.jpg", 10);
  scratch.writeFlat("in/out/a.png", 10);
  const auto jobs = planTranslation({scratch.path("in"), scratch.path("in/out"), true});
  EXPECT_THAT(namesOf(jobs, scratch.path("in")), testing::ElementsAre("out/a.png"));
}

TEST(Plan, PutsASingleFileIntoAFolderThatIsThereOrNamedWithASlash) {
  const Scratch scratch;
  const fs::path image = scratch.writeFlat("a.jpg", 10);
  fs::create_directories(scratch.path("there"));
  EXPECT_EQ(planTranslation({image, scratch.path("there")}).front().to, scratch.path("there/a.png"));
  EXPECT_EQ(planTranslation({image, scratch.path("new/")}).front().to, scratch.path("new/a.png"));
  EXPECT_EQ(planTranslation({image, scratch.path("b.webp")}).front().to, scratch.path("b.webp"));
}

TEST(Plan, NeverOverwritesAnInputWhateverNameLeadsToIt) {
  const Scratch scratch;
  const fs::path image = scratch.writeFlat("a.png", 10);
  fs::create_symlink(image, scratch.path("link.png"));
  fs::create_hard_link(image, scratch.path("hard.png"));
  for (const char* name : {"a.png", "link.png", "hard.png"})
    expectError(ErrorKind::invalidArgument, {name, "input"}, [&] {
      planTranslation({image, scratch.path(name), true});
    });
  expectError(ErrorKind::invalidArgument, {"another folder"}, [&] {
    planTranslation({scratch.path(""), scratch.path("."), true});
  });
}

TEST(Plan, NeverOverwritesAnotherInputOfTheSameRun) {
  const Scratch scratch;
  scratch.writeFlat("out/in/a.jpg", 10);
  scratch.writeFlat("out/in/in/a.jpg", 10);
  scratch.writeFlat("out/in/a.png", 10);
  expectError(ErrorKind::invalidArgument, {"is an input itself"}, [&] {
    planTranslation({scratch.path("out/in"), scratch.path("out"), true});
  });
}

TEST(Plan, ReplacesWhatIsThereOnlyWhenAsked) {
  const Scratch scratch;
  const fs::path image = scratch.writeFlat("a.png", 10);
  const fs::path there = scratch.writeFlat("b.png", 10);
  expectError(ErrorKind::invalidArgument, {"b.png", "--overwrite"}, [&] { planTranslation({image, there}); });
  EXPECT_EQ(planTranslation({image, there, true}).size(), 1U);
}

TEST(Plan, MissingOrUnfitArgumentsAreNamed) {
  const Scratch scratch;
  const fs::path image = scratch.writeFlat("a.png", 10);
  const fs::path text = scratch.writeBytes("empty/notes.txt", "none");
  const fs::path out = scratch.path("out");
  expectError(ErrorKind::notFound, {"nowhere"}, [&] { planTranslation({scratch.path("nowhere"), out}); });
  expectError(ErrorKind::wrongFile, {"empty", "found none"}, [&] {
    planTranslation({scratch.path("empty"), out});
  });
  expectError(ErrorKind::wrongFile, {"notes.txt"}, [&] { planTranslation({text, out}); });
  expectError(ErrorKind::invalidArgument, {"out", "png"}, [&] { planTranslation({image, out}); });
  expectError(ErrorKind::invalidArgument, {"a.png", "expected a folder"}, [&] {
    planTranslation({scratch.path("empty"), image});
  });
}

}  // namespace
}  // namespace cut::trainer::test
