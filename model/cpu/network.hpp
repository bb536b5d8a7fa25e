// A generator on the CPU: weights, threads and the working memory that its sessions share.
#pragma once

#include <memory>

#include "cpu/resnet_weights.hpp"
#include "cpu/thread_pool.hpp"
#include "engine/module.hpp"

namespace cut::cpu {

class CpuNetwork final : public Network {
 public:
  // options.precision is fp32, bf16, or int8 of a model with ranges.
  CpuNetwork(const ModelFile& model, const EngineOptions& options);

  const ActiveEngine& active() const noexcept override { return active_; }
  Result<std::unique_ptr<Session>> makeSession(Size size) noexcept override;

  const ResnetWeights& weights() const noexcept { return weights_; }
  ThreadPool& pool() noexcept { return pool_; }

  // Sessions say how much they need when they begin, and when they end. The memory is that of the largest
  // since there was none, and may move when another begins. Throws std::bad_alloc.
  void reserve(std::int64_t floats);
  void release() noexcept;
  float* workspace() noexcept { return workspace_.get(); }

 private:
  ThreadPool pool_;
  ResnetWeights weights_;
  ActiveEngine active_;
  FloatMemory workspace_;
  std::int64_t workspaceFloats_ = 0;
  int sessions_ = 0;
};

}  // namespace cut::cpu
