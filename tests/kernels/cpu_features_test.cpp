// SPDX-License-Identifier: MIT
// The cap that CUT_CPU_ISA puts on the kernels' instruction set.
#include "kernels/base/cpu_features.hpp"

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <cstdlib>
#include <optional>
#include <string>

#include "cuttranslate/error.hpp"

namespace cut::tests {
namespace {

class IsaCap : public testing::Test {
 protected:
  void SetUp() override {
    if (const char* value = std::getenv("CUT_CPU_ISA")) before_ = value;
  }
  void TearDown() override {
    hwy::DisableTargets(0);
    if (before_)
      setenv("CUT_CPU_ISA", before_->c_str(), 1);
    else
      unsetenv("CUT_CPU_ISA");
  }

 private:
  std::optional<std::string> before_;
};

TEST_F(IsaCap, IsaCapLimitsActiveIsa) {
  setenv("CUT_CPU_ISA", "none", 1);
  cpu::applyIsaCap();
  EXPECT_EQ(cpu::activeIsa(), "none");
}

TEST_F(IsaCap, UnknownIsaCapIsRefusedWithKnownNames) {
  setenv("CUT_CPU_ISA", "fast", 1);
  try {
    cpu::applyIsaCap();
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalidArgument);
    EXPECT_NE(std::string(error.what()).find(cpu::activeIsa()), std::string::npos) << error.what();
  }
}

TEST_F(IsaCap, UnsetOrEmptyIsaCapLimitsNothing) {
  const std::string best = cpu::activeIsa();
  setenv("CUT_CPU_ISA", "", 1);
  cpu::applyIsaCap();
  unsetenv("CUT_CPU_ISA");
  cpu::applyIsaCap();
  EXPECT_EQ(cpu::activeIsa(), best);
}

}  // namespace
}  // namespace cut::tests
