// SPDX-License-Identifier: MIT
// The engine module torch behind the facade: sizes, settings that it refuses, one LibTorch in the process.
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <fstream>
#include <vector>

#include "any_size.hpp"
#include "cuttranslate/engine.hpp"
#include "cuttranslate/error.hpp"
#include "eight_streams.hpp"
#include "opening_refusal.hpp"
#include "resident_memory.hpp"
#include "tiny_model.hpp"
#include "waves.hpp"

namespace cut {
namespace {

using testing::HasSubstr;

class TorchModule : public testing::Test {
 protected:
  std::string messageOf(const EngineOptions& options, ErrorKind kind) const {
    return test::openingRefusal(path_, options, kind);
  }

  test::TemporaryFolder folder_;
  std::filesystem::path path_ = test::writeTinyModel(folder_.path());
};

// The first one: a library cannot be taken out of a process again.
TEST_F(TorchModule, LoadedLibTorchOfSameVersionIsReused) {
  ASSERT_EQ(dlopen("libtorch_cpu.so", RTLD_LAZY | RTLD_NOLOAD), nullptr)
      << "libcuttranslate itself loads no LibTorch";
  ASSERT_TRUE(dlopen(LIBTORCH_CPU, RTLD_NOW | RTLD_LOCAL)) << dlerror();
  EXPECT_GE(SharedModel::open(path_, {})->makeStream()->configure({8, 8}), 0);
}

TEST_F(TorchModule, TorchTranslatesAnySize) {
  test::expectTranslatesAnySize(*SharedModel::open(path_, {}));
}

TEST_F(TorchModule, TorchResultsAreDeterministic) {
  const auto stream = SharedModel::open(path_, {})->makeStream();
  stream->configure({40, 24});
  const std::vector<float> in = test::waves(3 * 40 * 24);
  std::vector<float> first(in.size());
  std::vector<float> again(in.size());
  stream->translate(in, first);
  stream->translate(in, again);
  EXPECT_EQ(first, again);
}

TEST_F(TorchModule, TorchMemoryStaysConstantOverFrames) {
  const auto stream = SharedModel::open(path_, {})->makeStream();
  stream->configure({256, 256});
  std::vector<float> in(3 * 256 * 256, 0.25F);
  std::vector<float> out(in.size());
  for (int i = 0; i < 10; ++i) stream->translate(in, out);
  const long before = test::residentBytes();
  for (int i = 0; i < 50; ++i) stream->translate(in, out);
  EXPECT_LE(test::residentBytes(), before + (8 << 20));
}

TEST_F(TorchModule, EightStreamsShareActivationMemory) {
  test::expectEightStreamsTakeLittleMoreMemoryThanOne({.engine = "torch", .threads = 1});
}

TEST_F(TorchModule, UnsupportedCpuPrecisionIsRefused) {
  for (const Precision precision : {Precision::tf32, Precision::fp16, Precision::bf16, Precision::int8})
    EXPECT_THAT(messageOf({.device = "cpu", .precision = precision}, ErrorKind::unsupported),
                HasSubstr(std::string(nameOf(precision))));
}

TEST_F(TorchModule, MissingCudaIsExplained) {
  if (dlopen("libcuda.so.1", RTLD_LAZY)) GTEST_SKIP() << "this machine has an NVIDIA driver";
  EXPECT_THAT(messageOf({.device = "cuda:0"}, ErrorKind::noDevice), HasSubstr("cuda:0"));
  EXPECT_EQ(SharedModel::open(path_, {.device = "auto"})->active().device, "cpu");
}

TEST_F(TorchModule, FrameBeyondMemoryIsOutOfMemory) {
  const auto stream = SharedModel::open(path_, {})->makeStream();
  stream->configure({8, 8});
  rlimit before{};
  getrlimit(RLIMIT_AS, &before);
  std::size_t mappedPages = 0;
  std::ifstream("/proc/self/statm") >> mappedPages;
  const rlimit tight{mappedPages * 4096 + (std::size_t{256} << 20), before.rlim_max};
  setrlimit(RLIMIT_AS, &tight);
  ErrorKind kind = ErrorKind::internal;
  try {
    stream->configure({16384, 16384});
  } catch (const Error& error) {
    kind = error.kind();
  }
  setrlimit(RLIMIT_AS, &before);
  EXPECT_EQ(kind, ErrorKind::outOfMemory);
  EXPECT_GE(stream->configure({8, 8}), 0) << "goes on afterwards";
}

}  // namespace
}  // namespace cut
