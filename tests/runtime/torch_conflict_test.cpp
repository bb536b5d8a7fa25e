// SPDX-License-Identifier: MIT
#include "runtime/module_loader.hpp"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cuttranslate/engine.hpp"
#include "cuttranslate/error.hpp"
#include "tiny_model.hpp"

namespace cut {
namespace {

using testing::HasSubstr;

// In this order: a library cannot be taken out of a process again.
TEST(TorchConflict, NoConflictWithoutLoadedLibTorch) {
  EXPECT_EQ(torchConflict("torch"), "");
}

TEST(TorchConflict, ConflictNamesBothVersions) {
  ASSERT_TRUE(dlopen(OTHER_TORCH, RTLD_NOW | RTLD_GLOBAL)) << dlerror();
  EXPECT_THAT(torchConflict("torch"), HasSubstr("2.1.0"));
  EXPECT_EQ(torchConflict("cpu"), "") << "modules without LibTorch do not conflict";
}

TEST(TorchConflict, OpenFailsOnConflict) {
  const test::TemporaryFolder folder;
  try {
    SharedModel::open(test::writeTinyModel(folder.path()), {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::moduleMissing);
    EXPECT_THAT(error.what(), HasSubstr("has loaded LibTorch 2.1.0"));
  }
}

}  // namespace
}  // namespace cut
