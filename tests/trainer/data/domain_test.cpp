// SPDX-License-Identifier: MIT
// The files of a domain, their order, and the errors for missing ones.
#include "trainer/data/domain.hpp"

#include <gtest/gtest.h>

#include "scratch.hpp"

namespace cut::trainer {
namespace {

namespace fs = std::filesystem;
using test::Scratch;
using testing::ElementsAre;

// findDomain does not read image files, so empty ones suffice.
void touch(const Scratch& scratch, const std::vector<std::string>& names) {
  for (const std::string& name : names) scratch.writeBytes(name, "");
}

std::vector<std::string> found(const Scratch& scratch, DomainQuery query) {
  query.name = "A";
  std::vector<std::string> names;
  for (const Item& item : findDomain(query).items)
    names.push_back(item.path.lexically_relative(scratch.path("")).string() +
                    (item.frame == Item::noFrame ? "" : "#" + std::to_string(item.frame)));
  return names;
}

TEST(Domain, HoldsTheImagesOfAFolderAndItsSubfoldersSortedByName) {
  const Scratch scratch;
  touch(scratch, {"d/b.PNG", "d/a.jpg", "d/sub/c.webp", "d/sub-1.jpeg", "d/x.TIF", "d/y.tiff", "d/z.bmp",
                  "d/w.ppm", "d/notes.txt", "d/jpg", "d/clip.jpg.part"});
  EXPECT_THAT(found(scratch, {.sources = {scratch.path("d")}}),
              ElementsAre("d/a.jpg", "d/b.PNG", "d/sub-1.jpeg", "d/sub/c.webp", "d/w.ppm", "d/x.TIF",
                          "d/y.tiff", "d/z.bmp"));
}

// Files that macOS, Windows, archives, editors and servers create beside images.
TEST(Domain, HiddenFilesAndFoldersAreIgnored) {
  const Scratch scratch;
  touch(scratch, {"d/a.png", "d/._a.png", "d/.DS_Store", "d/Thumbs.db", "d/.hidden.jpg", "d/__MACOSX/b.png",
                  "d/__MACOSX/._b.png", "d/.thumbnails/c.png", "d/.ipynb_checkpoints/a-checkpoint.png",
                  "d/@eaDir/a.png/SYNOPHOTO_THUMB_M.jpg", "d/sub/._clip.mp4", "d/sub/b.png"});
  const Domain domain = findDomain({.name = "A", .sources = {scratch.path("d")}});
  EXPECT_EQ(domain.items.size(), 2U);
  EXPECT_TRUE(domain.unreadable.empty());
  EXPECT_THAT(found(scratch, {.sources = {scratch.path("d")}}), ElementsAre("d/a.png", "d/sub/b.png"));
}

TEST(Domain, FolderOfHiddenFilesHasNoImages) {
  const Scratch scratch;
  touch(scratch, {"d/._a.png", "d/.DS_Store", "d/notes.txt"});
  test::expectError(ErrorKind::wrongFile, {"found none among 1 other files"},
                    [&] { findDomain({.name = "A", .sources = {scratch.path("d")}}); });
}

TEST(Domain, HiddenFolderNamedByTheUserIsRead) {
  const Scratch scratch;
  touch(scratch, {".data/a.png"});
  EXPECT_THAT(found(scratch, {.sources = {scratch.path(".data")}}), ElementsAre(".data/a.png"));
}

TEST(Domain, Gta5LayoutIsFoundBesideMacOsCompanionFiles) {
  const Scratch scratch;
  touch(scratch, {"gta/images/1.png", "gta/._2.png"});
  EXPECT_THAT(found(scratch, {.sources = {scratch.path("gta")}}), ElementsAre("gta/images/1.png"));
}

TEST(Domain, UnsupportedImageFormatsAreNamed) {
  const Scratch scratch;
  touch(scratch, {"d/a.png", "d/b.HEIC", "d/c.heic", "d/d.avif", "d/sub/e.heic"});
  const Domain domain = findDomain({.name = "A", .sources = {scratch.path("d")}});
  EXPECT_EQ(domain.items.size(), 1U);
  EXPECT_THAT(domain.unreadable,
              ElementsAre(testing::HasSubstr("d.avif: AVIF images are not read"),
                          testing::HasSubstr("b.HEIC and 2 more: HEIC images are not read")));
  fs::remove(scratch.path("d/a.png"));
  test::expectError(ErrorKind::wrongFile, {"found none", "convert them to PNG"},
                    [&] { findDomain({.name = "A", .sources = {scratch.path("d")}}); });
  test::expectError(ErrorKind::wrongFile, {"d.avif: AVIF images are not read"},
                    [&] { findDomain({.name = "A", .sources = {scratch.path("d/d.avif")}}); });
}

TEST(Domain, MaxItemsAppliesAfterSorting) {
  const Scratch scratch;
  touch(scratch, {"d/3.png", "d/1.png", "d/2.png"});
  EXPECT_THAT(found(scratch, {.sources = {scratch.path("d")}, .maxItems = 2}),
              ElementsAre("d/1.png", "d/2.png"));
}

TEST(Domain, SourcesKeepTheirOrder) {
  const Scratch scratch;
  touch(scratch, {"b/1.png", "a/2.png", "c.png"});
  EXPECT_THAT(found(scratch, {.sources = {scratch.path("b"), scratch.path("c.png"), scratch.path("a")}}),
              ElementsAre("b/1.png", "c.png", "a/2.png"));
}

TEST(Domain, SymlinksAreFollowedWithoutCycles) {
  const Scratch scratch;
  touch(scratch, {"d/1.png", "elsewhere/2.png", "far.png"});
  fs::create_directory_symlink(scratch.path("d"), scratch.path("d/back"));
  fs::create_directory_symlink(scratch.path("elsewhere"), scratch.path("d/more"));
  fs::create_symlink(scratch.path("far.png"), scratch.path("d/near.png"));
  fs::create_symlink(scratch.path("nowhere.png"), scratch.path("d/dangling.png"));
  EXPECT_THAT(found(scratch, {.sources = {scratch.path("d")}}),
              ElementsAre("d/1.png", "d/more/2.png", "d/near.png"));
}

TEST(Domain, Gta5LayoutReadsItsImagesFolder) {
  const Scratch scratch;
  touch(scratch, {"gta/images/00001.png", "gta/labels/00001.png", "gta/read_mapping.m"});
  EXPECT_THAT(found(scratch, {.sources = {scratch.path("gta")}}), ElementsAre("gta/images/00001.png"));
}

TEST(Domain, FolderWithImagesOfItsOwnIsNotTheGta5Layout) {
  const Scratch scratch;
  touch(scratch, {"d/images/1.png", "d/2.png"});
  EXPECT_THAT(found(scratch, {.sources = {scratch.path("d")}}), ElementsAre("d/2.png", "d/images/1.png"));
}

TEST(Domain, CityscapesLayoutReadsTheSplitOfThePhase) {
  const Scratch scratch;
  touch(scratch, {"cs/leftImg8bit/train/aachen/a_leftImg8bit.png", "cs/leftImg8bit/val/ulm/u_leftImg8bit.png",
                  "cs/gtFine/train/aachen/a_gtFine_color.png"});
  EXPECT_THAT(found(scratch, {.sources = {scratch.path("cs")}}),
              ElementsAre("cs/leftImg8bit/train/aachen/a_leftImg8bit.png"));
  EXPECT_THAT(found(scratch, {.sources = {scratch.path("cs/leftImg8bit")}}),
              ElementsAre("cs/leftImg8bit/train/aachen/a_leftImg8bit.png"));
  EXPECT_THAT(found(scratch, {.sources = {scratch.path("cs")}, .phase = "test"}),
              ElementsAre("cs/leftImg8bit/val/ulm/u_leftImg8bit.png"));
}

// 01_images.zip to 10_images.zip and 01_labels.zip to 10_labels.zip, each in a folder of its own name or all
// in one.
TEST(Domain, Gta5ArchivesOfImagesAreReadAndTheirLabelsAreNot) {
  const Scratch scratch;
  touch(scratch,
        {"own/01_images/images/00001.png", "own/02_images/images/02501.png", "own/01_labels/labels/00001.png",
         "own/10_labels/labels/24966.png", "pairs/01/images/00001.png", "pairs/01/labels/00001.png",
         "one/images/00001.png", "one/labels/00001.png", "one/split.mat"});
  EXPECT_THAT(found(scratch, {.sources = {scratch.path("own")}}),
              ElementsAre("own/01_images/images/00001.png", "own/02_images/images/02501.png"));
  EXPECT_THAT(found(scratch, {.sources = {scratch.path("pairs")}}), ElementsAre("pairs/01/images/00001.png"));
  for (const char* phase : {"train", "test"})
    EXPECT_THAT(found(scratch, {.sources = {scratch.path("one")}, .phase = phase}),
                ElementsAre("one/images/00001.png"));
}

TEST(Domain, FolderOfLabelsNamedByTheUserIsRead) {
  const Scratch scratch;
  touch(scratch, {"gta/images/1.png", "gta/labels/1.png", "01_labels/1.png", "gtFine/1_gtFine_color.png"});
  EXPECT_THAT(found(scratch, {.sources = {scratch.path("gta/labels")}}), ElementsAre("gta/labels/1.png"));
  EXPECT_THAT(found(scratch, {.sources = {scratch.path("01_labels")}}), ElementsAre("01_labels/1.png"));
  EXPECT_THAT(found(scratch, {.sources = {scratch.path("gtFine")}}),
              ElementsAre("gtFine/1_gtFine_color.png"));
}

TEST(Domain, FoldersCalledLabelsElsewhereAreSearched) {
  const Scratch scratch;
  touch(scratch, {"d/labels/1.png", "d/my_labels/2.png", "d/wine/_labels/3.png"});
  EXPECT_EQ(found(scratch, {.sources = {scratch.path("d")}}).size(), 3U);
}

const std::vector<std::string> cityscapes{"leftImg8bit/train/aachen/a_leftImg8bit.png",
                                          "leftImg8bit/train/ulm/u_leftImg8bit.png",
                                          "leftImg8bit/val/munster/m_leftImg8bit.png",
                                          "leftImg8bit/test/bonn/b_leftImg8bit.png",
                                          "leftImg8bit/train_extra/nuremberg/n_leftImg8bit.png",
                                          "gtFine/train/aachen/a_gtFine_color.png",
                                          "gtFine/train/aachen/a_gtFine_labelIds.png",
                                          "gtCoarse/train_extra/nuremberg/n_gtCoarse_color.png",
                                          "gtFine/test/bonn/b_gtFine_instanceIds.png",
                                          "disparity/train/aachen/a_disparity.png",
                                          "README",
                                          "license.txt"};

TEST(Domain, CityscapesSplitsAreThoseOfThePhase) {
  const Scratch scratch;
  for (const std::string& name : cityscapes) touch(scratch, {"cs/" + name});
  const auto names = [&](const std::string& phase, const char* source = "cs") {
    return found(scratch, {.sources = {scratch.path(source)}, .phase = phase});
  };
  EXPECT_THAT(names("train"), ElementsAre("cs/leftImg8bit/train/aachen/a_leftImg8bit.png",
                                          "cs/leftImg8bit/train/ulm/u_leftImg8bit.png"));
  EXPECT_THAT(names("val"), ElementsAre("cs/leftImg8bit/val/munster/m_leftImg8bit.png"));
  EXPECT_THAT(names("test"), ElementsAre("cs/leftImg8bit/test/bonn/b_leftImg8bit.png"));
  EXPECT_THAT(names("train_extra"), ElementsAre("cs/leftImg8bit/train_extra/nuremberg/n_leftImg8bit.png"));
  EXPECT_EQ(names("train", "cs/leftImg8bit/"), names("train"));
  EXPECT_THAT(names("train", "cs/leftImg8bit/val"),
              ElementsAre("cs/leftImg8bit/val/munster/m_leftImg8bit.png"));
}

TEST(Domain, CityscapesIsKnownWhereverItWasUnpacked) {
  const Scratch scratch;
  touch(scratch, {"d/leftImg8bit_trainvaltest/leftImg8bit/train/aachen/a_leftImg8bit.png",
                  "d/leftImg8bit_trainvaltest/leftImg8bit/val/ulm/u_leftImg8bit.png",
                  "d/gtFine_trainvaltest/gtFine/train/aachen/a_gtFine_color.png",
                  "mixed/aachen/a_leftImg8bit.png", "mixed/aachen/a_gtFine_color.png"});
  const std::vector<std::string> train{
      "d/leftImg8bit_trainvaltest/leftImg8bit/train/aachen/a_leftImg8bit.png"};
  EXPECT_EQ(found(scratch, {.sources = {scratch.path("d")}}), train);
  EXPECT_THAT(found(scratch, {.sources = {scratch.path("mixed")}}),
              ElementsAre("mixed/aachen/a_leftImg8bit.png"));
  // A data root as the reference wants it, made of links.
  fs::create_directory(scratch.path("root"));
  fs::create_directory_symlink(scratch.path("d/leftImg8bit_trainvaltest/leftImg8bit"),
                               scratch.path("root/trainB"));
  EXPECT_THAT(found(scratch, {.sources = {scratch.path("root/trainB")}}),
              ElementsAre("root/trainB/train/aachen/a_leftImg8bit.png"));
}

TEST(Domain, CityscapesWithoutTheSplitOfThePhaseIsRefused) {
  const Scratch scratch;
  touch(scratch, {"cs/leftImg8bit/val/ulm/u_leftImg8bit.png", "cs/leftImg8bit/test/bonn/b_leftImg8bit.png",
                  "flat/leftImg8bit/aachen/a_leftImg8bit.png"});
  test::expectError(ErrorKind::notFound,
                    {"leftImg8bit", "expected the split train of Cityscapes", "found test, val"},
                    [&] { findDomain({.name = "B", .sources = {scratch.path("cs")}}); });
  EXPECT_THAT(found(scratch, {.sources = {scratch.path("flat")}}),
              ElementsAre("flat/leftImg8bit/aachen/a_leftImg8bit.png"));
}

TEST(Domain, VideosGiveEveryFrame) {
  const Scratch scratch;
  scratch.writeVideo("v/b.avi", 2);
  scratch.writeVideo("v/a.avi", 1);
  EXPECT_THAT(found(scratch, {.sources = {scratch.path("v")}}),
              ElementsAre("v/a.avi#0", "v/b.avi#0", "v/b.avi#1"));
  EXPECT_THAT(found(scratch, {.sources = {scratch.path("v/b.avi")}}), ElementsAre("v/b.avi#0", "v/b.avi#1"));
}

TEST(Domain, VideoSuffixesOfCamerasDiscsAndBroadcastsAreKnown) {
  for (const char* name : {"a.mp4", "a.MOV", "a.mkv", "a.webm", "a.avi", "a.ts", "a.MTS", "a.m2ts", "a.VOB",
                           "a.mpg", "a.3gp", "a.ogv", "a.mxf", "a.flv", "a.wmv"})
    EXPECT_TRUE(isVideoName(name)) << name;
}

TEST(Domain, VideoThatCannotBeOpenedIsNamed) {
  const Scratch scratch;
  scratch.writeVideo("v/good.avi", 1);
  scratch.writeBytes("v/bad.mp4", "no video");
  const Domain domain = findDomain({.name = "A", .sources = {scratch.path("v")}});
  EXPECT_EQ(domain.items.size(), 1U);
  EXPECT_THAT(domain.unreadable, ElementsAre(testing::HasSubstr("bad.mp4")));
  test::expectError(ErrorKind::wrongFile, {"bad.mp4"},
                    [&] { findDomain({.name = "A", .sources = {scratch.path("v/bad.mp4")}}); });
}

TEST(Domain, EmptyDomainThrowsWithWhatWasFound) {
  const Scratch scratch;
  touch(scratch, {"d/a.txt", "d/b.doc"});
  test::expectError(ErrorKind::wrongFile, {"domain B", "expected images", "2 other files"},
                    [&] { findDomain({.name = "B", .sources = {scratch.path("d")}}); });
  test::expectError(ErrorKind::notFound, {"domain B", "absent"},
                    [&] { findDomain({.name = "B", .sources = {scratch.path("absent")}}); });
  test::expectError(ErrorKind::wrongFile, {"a.txt"},
                    [&] { findDomain({.name = "B", .sources = {scratch.path("d/a.txt")}}); });
  test::expectError(ErrorKind::invalidArgument, {"domain B"},
                    [] { findDomain({.name = "B", .sources = {}}); });
  test::expectError(ErrorKind::invalidArgument, {"max_dataset_size"},
                    [&] { findDomain({.name = "B", .sources = {scratch.path("d")}, .maxItems = 0}); });
}

TEST(DomainFolder, NameIsPhaseAndDomain) {
  const Scratch scratch;
  touch(scratch, {"root/trainA/1.png", "root/valB/1.png", "root/testA/1.png", "root/valA/1.png"});
  const fs::path root = scratch.path("root");
  EXPECT_EQ(domainFolder(root, "train", "A"), root / "trainA");
  EXPECT_EQ(domainFolder(root, "test", "A"), root / "testA");
  EXPECT_EQ(domainFolder(root, "test", "B"), root / "valB");
}

TEST(DomainFolder, MissingFolderThrowsWithWhatIsThere) {
  const Scratch scratch;
  touch(scratch, {"root/testA/1.png"});
  test::expectError(ErrorKind::notFound, {"trainB", "holds testA"},
                    [&] { domainFolder(scratch.path("root"), "train", "B"); });
  test::expectError(ErrorKind::notFound, {"--dataroot", "absent"},
                    [&] { domainFolder(scratch.path("absent"), "train", "B"); });
}

}  // namespace
}  // namespace cut::trainer
