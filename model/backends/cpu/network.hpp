// A generator on the CPU: weights, threads and the working memory that its sessions share.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "backends/cpu/plan.hpp"
#include "backends/cpu/resnet_weights.hpp"
#include "backends/cpu/thread_pool.hpp"
#include "backends/cpu/unet_weights.hpp"
#include "runtime/module.hpp"

namespace cut::cpu {

class CpuNetwork final : public Network {
 public:
  // A ResNet, or a U-Net in fp32. options.precision is fp32, bf16, tf32 where haveAmx(), or
  // int8 of a model with ranges.
  CpuNetwork(const ModelFile& model, const EngineOptions& options, const ResnetKernels& kernels = {});

  const ActiveEngine& active() const noexcept override { return active_; }
  Result<std::unique_ptr<Session>> makeSession(Size size) noexcept override;

  void setNotice(std::string notice) { active_.notice = std::move(notice); }
  const GeneratorSpec& spec() const noexcept { return spec_; }
  ThreadPool& pool() noexcept { return pool_; }

  // `size` is padded to what the network takes. Valid while the network is.
  std::unique_ptr<Plan> makePlan(Size size);

  // Sessions say how much they need when they begin, and when they end. The memory is that of the largest
  // since there was none, and may move when another begins. Throws
  // outOfMemory.
  void reserve(std::int64_t floats);
  void release() noexcept;
  float* workspace() noexcept { return workspace_.get(); }

 private:
  GeneratorSpec spec_;
  ThreadPool pool_;
  std::variant<ResnetWeights, UnetWeights> weights_;
  ActiveEngine active_;
  FloatMemory workspace_;
  std::int64_t workspaceFloats_ = 0;
  int sessions_ = 0;
};

}  // namespace cut::cpu
