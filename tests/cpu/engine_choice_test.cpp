// What engine=auto takes where both modules are installed; in the place of torch there is the fake engine.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include "cut/engine.hpp"
#include "cut/error.hpp"
#include "tiny_model.hpp"

namespace cut {
namespace {

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

TEST_F(EngineChoice, IsCpuForTheCpu) {
  EXPECT_EQ(taken({.device = "cpu"}), "cpu");
  EXPECT_EQ(taken({.device = "cpu", .precision = Precision::fp32}), "cpu");
}

TEST_F(EngineChoice, IsCpuForUnetsAndTorchForWhatCpuCannotPlan) {
  setNetwork("unet_128");
  EXPECT_EQ(taken({.device = "cpu"}), "cpu");
  setNetwork("smallstylegan2");
  EXPECT_EQ(taken({.device = "cpu"}), "fake");
}

TEST_F(EngineChoice, LeavesDevicesToTorchWhereThereMayBeACard) {
  const bool driver = dlopen("libcuda.so.1", RTLD_LAZY) != nullptr;
  EXPECT_EQ(taken({}), driver ? "fake" : "cpu");
}

TEST_F(EngineChoice, IsWhatWasAskedFor) {
  EXPECT_EQ(taken({.engine = "torch", .device = "cpu"}), "fake");
  EXPECT_EQ(taken({.engine = "cpu"}), "cpu");
}

TEST_F(EngineChoice, GivesTorchWhatCpuWasNotBuiltFor) {
  try {
    SharedModel::open(path_, {.device = "cpu", .precision = Precision::tf32});
    FAIL() << "the fake engine has no tf32 either";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unsupported);
    EXPECT_EQ(std::string(error.what()).find("engine cpu"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace cut
