// SPDX-License-Identifier: MIT
// A generator on the CPU: packed weights, threads, and the workspace that its sessions share.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "backends/cpu/generator_weights.hpp"
#include "backends/cpu/plan.hpp"
#include "backends/cpu/stylegan_weights.hpp"
#include "backends/cpu/thread_pool.hpp"
#include "runtime/module.hpp"

namespace cut::cpu {

class CpuNetwork final : public Network {
 public:
  // A ResNet in fp32, bf16, tf32 (requires haveAmx()) or int8 (requires activation ranges), or a U-Net or a
  // StyleGAN2 generator in fp32.
  CpuNetwork(const ModelFile& model, const EngineOptions& options, const ResnetKernels& kernels = {});

  const ActiveEngine& active() const noexcept override { return active_; }
  Result<std::unique_ptr<Session>> makeSession(Size size) noexcept override;

  void setNotice(std::string notice) { active_.notice = std::move(notice); }
  const GeneratorSpec& spec() const noexcept { return spec_; }
  ThreadPool& pool() noexcept { return pool_; }

  // size: already padded to the network's size multiple. The plan must not outlive the network.
  std::unique_ptr<Plan> makePlan(Size size);

  // Each session reserves workspace when it is made and releases it when it ends. All share one workspace, of
  // the largest reservation since there was none; it may move when another session is made. Throws
  // outOfMemory.
  void reserve(std::int64_t floats);
  void release() noexcept;
  float* workspace() noexcept { return workspace_.get(); }

 private:
  GeneratorSpec spec_;
  ThreadPool pool_;
  std::variant<ResnetWeights, UnetWeights, StyleGanWeights> weights_;
  ActiveEngine active_;
  AlignedFloats workspace_;
  std::int64_t workspaceFloats_ = 0;
  int sessions_ = 0;
};

}  // namespace cut::cpu
