// SPDX-License-Identifier: MIT
#include "backends/cpu/cpu_network.hpp"

#include <new>
#include <string>

#include "backends/cpu/cpu_session.hpp"
#include "backends/cpu/resnet_plan.hpp"
#include "backends/cpu/stylegan_plan.hpp"
#include "backends/cpu/unet_plan.hpp"

namespace cut::cpu {
namespace {

ComputeType computeTypeOf(Precision precision) {
  return precision == Precision::tf32   ? ComputeType::bf16x3
         : precision == Precision::bf16 ? ComputeType::bf16
         : precision == Precision::int8 ? ComputeType::int8
                                        : ComputeType::fp32;
}

std::variant<ResnetWeights, UnetWeights, StyleGanWeights> pack(const ModelFile& model, Precision precision,
                                                               const ResnetKernels& kernels,
                                                               ParallelFor parallelFor) {
  if (model.spec.architecture == "unet") return UnetWeights(model, parallelFor);
  if (model.spec.architecture != "resnet") return StyleGanWeights(model, parallelFor);
  return ResnetWeights(model, computeTypeOf(precision), parallelFor, kernels);
}

std::unique_ptr<Plan> planOf(const ResnetWeights& weights, Size size, ThreadPool& pool) {
  return std::make_unique<ResnetPlan>(weights, size, pool);
}

std::unique_ptr<Plan> planOf(const UnetWeights& weights, Size size, ThreadPool& pool) {
  return std::make_unique<UnetPlan>(weights, size, pool);
}

std::unique_ptr<Plan> planOf(const StyleGanWeights& weights, Size size, ThreadPool& pool) {
  return std::make_unique<StyleGanPlan>(weights, size, pool);
}

}  // namespace

CpuNetwork::CpuNetwork(const ModelFile& model, const EngineOptions& options, const ResnetKernels& kernels)
    : spec_(model.spec),
      pool_(options.threads),
      weights_(pack(model, options.precision, kernels, pool_)),
      active_{"cpu", "cpu", std::string(nameOf(options.precision)), options.threads, {}} {}

std::unique_ptr<Plan> CpuNetwork::makePlan(Size size) {
  return std::visit([&](const auto& weights) { return planOf(weights, size, pool_); }, weights_);
}

void CpuNetwork::reserve(std::int64_t floats) {
  if (floats > workspaceFloats_) {
    workspace_.reset();  // before the new one is made: both at once might not fit
    try {
      workspace_ = makeAlignedFloats(floats);
    } catch (const std::bad_alloc&) {
      // Other sessions keep a workspace of the old size.
      if (sessions_ > 0) workspace_ = makeAlignedFloats(workspaceFloats_);
      throw Error(ErrorKind::outOfMemory, "frames of this size need " +
                                              std::to_string(floats * std::int64_t{sizeof(float)} >> 20) +
                                              " MiB of working memory in this network, more than there is; "
                                              "scale them down");
    }
    workspaceFloats_ = floats;
  }
  ++sessions_;
}

void CpuNetwork::release() noexcept {
  if (--sessions_ > 0) return;
  workspace_.reset();
  workspaceFloats_ = 0;
}

Result<std::unique_ptr<Session>> CpuNetwork::makeSession(Size size) noexcept {
  return guarded<std::unique_ptr<Session>>([&] { return std::make_unique<CpuSession>(*this, size); });
}

}  // namespace cut::cpu
