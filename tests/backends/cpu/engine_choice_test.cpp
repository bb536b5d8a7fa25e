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
  const std::filesystem::path program_ = std::filesystem::path(CUT_SCRIPTS) / "negate.pt";  // TorchScript
};

TEST_F(EngineChoice, CpuEngineIsChosenForTheCpu) {
  EXPECT_EQ(taken({.device = "cpu"}), "cpu");
  EXPECT_EQ(taken({.device = "cpu", .precision = Precision::fp32}), "cpu");
  EXPECT_EQ(SharedModel::open(path_, {.device = "cpu"})->active().notice, "");
}

TEST_F(EngineChoice, TorchIsChosenWhereCpuHasNoSupport) {
  const auto model = SharedModel::open(program_, {.device = "cpu", .allowCode = true});
  EXPECT_EQ(model->active().engine, "fake");
  EXPECT_THAT(model->active().notice, HasSubstr("engine cpu runs ResNet, U-Net and StyleGAN2 generators"));
}

TEST_F(EngineChoice, CpuEngineIsChosenForEveryKindOfGenerator) {
  for (const char* name : {"unet_128", "stylegan2", "smallstylegan2"}) {
    setNetwork(name);
    EXPECT_EQ(taken({.device = "cpu"}), "cpu") << name;
  }
}

TEST_F(EngineChoice, PrecisionsBelowFp32OfStyleGanAreRefusedByCpu) {
  setNetwork("stylegan2");
  for (const Precision precision : {Precision::tf32, Precision::bf16, Precision::int8}) try {
      SharedModel::open(path_, {.engine = "cpu", .precision = precision});
      ADD_FAILURE() << nameOf(precision) << " was not refused";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::unsupported);
      EXPECT_EQ(error.what(), "precision " + std::string(nameOf(precision)) +
                                  " is not built for stylegan2 in engine cpu: of U-Nets and StyleGAN2 "
                                  "generators it has fp32. Use precision auto or fp32");
    }
}

TEST_F(EngineChoice, ErrorNamesTorchWhereItIsNotInstalled) {
  const std::string folders = std::getenv("CUT_MODULE_PATH");
  const test::Environment alone("CUT_MODULE_PATH", folders.substr(0, folders.find(':')));
  try {
    SharedModel::open(program_, {.device = "cpu", .allowCode = true});
    FAIL() << "engine cpu has no TorchScript";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unsupported);
    EXPECT_THAT(error.what(), HasSubstr("engine cpu runs ResNet, U-Net and StyleGAN2 generators"));
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
