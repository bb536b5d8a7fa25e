// SPDX-License-Identifier: MIT
#include "runtime/module_loader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "cuttranslate/error.hpp"
#include "environment.hpp"
#include "tiny_model.hpp"

namespace cut {
namespace {

using testing::HasSubstr;

std::string messageOf(const char* module) {
  try {
    openModule(module);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::moduleMissing);
    return error.what();
  }
  return {};
}

TEST(ModuleLoader, OpeningTwiceReturnsTheSameModule) {
  EXPECT_EQ(&openModule("torch"), &openModule("torch"));
}

TEST(ModuleLoader, MissingModuleErrorNamesSearchedFolders) {
  const std::string message = messageOf("nothing");
  EXPECT_THAT(message, HasSubstr("libcuttranslate-nothing.so"));
  EXPECT_THAT(message, HasSubstr(std::getenv("CUT_MODULE_PATH")));
  EXPECT_THAT(message, HasSubstr("pipelines/build.sh"));
}

TEST(ModuleLoader, EmptyModulePathMeansDefaultFolders) {
  const test::Environment path("CUT_MODULE_PATH", "");
  EXPECT_THAT(messageOf("nothing"), HasSubstr("/cuttranslate"));
}

TEST(ModuleLoader, OtherInterfaceVersionIsRefused) {
  EXPECT_THAT(messageOf("wrong"), HasSubstr("interface"));
}

TEST(ModuleLoader, NonLibraryFileIsRefused) {
  const test::TemporaryFolder folder;
  std::ofstream(folder.path() / "libcuttranslate-text.so") << "not a library";
  const test::Environment path("CUT_MODULE_PATH", folder.path());
  EXPECT_THAT(messageOf("text"), HasSubstr("cannot be loaded"));
}

}  // namespace
}  // namespace cut
