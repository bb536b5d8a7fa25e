// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "cuttranslate/engine.hpp"
#include "cuttranslate/error.hpp"

namespace cut {
namespace {

ErrorKind kindOf(const EngineOptions& options) {
  try {
    options.validate();
  } catch (const Error& error) {
    return error.kind();
  }
  return ErrorKind::internal;  // nothing was thrown
}

TEST(EngineOptions, ValidateAcceptsPossibleDevices) {
  for (const char* device : {"auto", "cpu", "cuda", "cuda:0", "cuda:15"})
    EXPECT_NO_THROW((EngineOptions{.device = device}.validate())) << device;
}

TEST(EngineOptions, ValidateRefusesUnknownDeviceEngineAndThreads) {
  for (const char* device : {"", "gpu", "cuda:", "cuda:-1", "cuda:x", "cuda:0 ", "CPU", "cuda:9999999999"})
    EXPECT_EQ(kindOf({.device = device}), ErrorKind::invalidArgument) << device;
  for (const char* engine : {"", "../torch", "torch/x", "Torch"})
    EXPECT_EQ(kindOf({.engine = engine}), ErrorKind::invalidArgument) << engine;
  EXPECT_EQ(kindOf({.threads = -1}), ErrorKind::invalidArgument);
  EXPECT_EQ(kindOf({.threads = 1'000'000}), ErrorKind::invalidArgument);
}

TEST(Precision, NamesConvertBothWays) {
  for (const char* name : {"auto", "fp32", "tf32", "fp16", "bf16", "int8"})
    EXPECT_EQ(nameOf(precisionFromName(name)), name);
  EXPECT_THROW(precisionFromName("fp64"), Error);
}

}  // namespace
}  // namespace cut
