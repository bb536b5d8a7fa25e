// SPDX-License-Identifier: MIT
// The choice of engine=auto where both modules are installed, with the fake engine in place of torch.
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "cuttranslate/engine.hpp"
#include "cuttranslate/error.hpp"
#include "environment.hpp"
#include "tiny_model.hpp"

namespace cut {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

class EngineChoice : public testing::Test {
 protected:
  std::string taken(const EngineOptions& options) const {
    return SharedModel::open(path_, options)->active().engine;
  }
  void setNetwork(const char* name) {
    GeneratorSpec spec = generatorFromName(name);
    spec.ngf = 8;
    writeModelFile(path_, test::randomModel(spec));
  }

  test::TemporaryFolder folder_;
  std::filesystem::path path_ = test::writeTinyModel(folder_.path());
};

TEST_F(EngineChoice, CpuEngineIsChosenForTheCpu) {
  EXPECT_EQ(taken({.device = "cpu"}), "cpu");
  EXPECT_EQ(taken({.device = "cpu", .precision = Precision::fp32}), "cpu");
  EXPECT_EQ(SharedModel::open(path_, {.device = "cpu"})->active().notice, "");
}

TEST_F(EngineChoice, TorchIsChosenWhereCpuHasNoSupport) {
  setNetwork("unet_128");
  EXPECT_EQ(taken({.device = "cpu"}), "cpu");
  setNetwork("smallstylegan2");
  const auto model = SharedModel::open(path_, {.device = "cpu"});
  EXPECT_EQ(model->active().engine, "fake");
  EXPECT_THAT(model->active().notice, HasSubstr("engine cpu runs ResNet and U-Net generators"));
}

TEST_F(EngineChoice, ErrorNamesTorchWhereItIsNotInstalled) {
  setNetwork("smallstylegan2");
  const std::string folders = std::getenv("CUT_MODULE_PATH");
  const test::Environment alone("CUT_MODULE_PATH", folders.substr(0, folders.find(':')));
  try {
    SharedModel::open(path_, {.device = "cpu"});
    FAIL() << "engine cpu has no StyleGAN2";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unsupported);
    EXPECT_THAT(error.what(), HasSubstr("engine cpu runs ResNet and U-Net generators"));
    EXPECT_THAT(error.what(), HasSubstr("pipelines/build.sh builds it, with LibTorch"));
  }
}

TEST_F(EngineChoice, TorchIsChosenForOtherDevices) {
  const bool driver = dlopen("libcuda.so.1", RTLD_LAZY) != nullptr;
  EXPECT_EQ(taken({}), driver ? "fake" : "cpu");
}

TEST_F(EngineChoice, RequestedEngineIsUsed) {
  EXPECT_EQ(taken({.engine = "torch", .device = "cpu"}), "fake");
  EXPECT_EQ(taken({.engine = "cpu"}), "cpu");
}

TEST_F(EngineChoice, ErrorNamesWhatEachEngineLacks) {
  try {
    SharedModel::open(path_, {.device = "cpu", .precision = Precision::fp16});
    FAIL() << "the fake engine has no fp16 either";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unsupported);
    EXPECT_THAT(error.what(), HasSubstr("not built for cpu in engine cpu"));
    EXPECT_THAT(error.what(), EndsWith(". precision fp16 is not built")) << "the fake engine's";
  }
}

}  // namespace
}  // namespace cut
