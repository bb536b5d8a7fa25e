#include "cpu/network.hpp"

#include "cpu/forward.hpp"
#include "cpu/guard.hpp"
#include "cpu/session.hpp"
#include "cpu/unet_forward.hpp"

namespace cut::cpu {
namespace {

Products productsOf(Precision precision) {
  return precision == Precision::bf16   ? Products::bf16
         : precision == Precision::int8 ? Products::int8
                                        : Products::fp32;
}

std::variant<ResnetWeights, UnetWeights> pack(const ModelFile& model, Precision precision, Bf16 bf16,
                                              ParallelFor parallelFor) {
  if (model.spec.architecture == "unet") return UnetWeights(model, parallelFor);
  return ResnetWeights(model, productsOf(precision), parallelFor, bf16);
}

std::unique_ptr<Plan> planOf(const ResnetWeights& weights, Size size, ThreadPool& pool) {
  return std::make_unique<Forward>(weights, size, pool);
}

std::unique_ptr<Plan> planOf(const UnetWeights& weights, Size size, ThreadPool& pool) {
  return std::make_unique<UnetForward>(weights, size, pool);
}

}  // namespace

CpuNetwork::CpuNetwork(const ModelFile& model, const EngineOptions& options, Bf16 bf16)
    : spec_(model.spec),
      pool_(options.threads),
      weights_(pack(model, options.precision, bf16, pool_)),
      active_{"cpu", "cpu", std::string(nameOf(options.precision)), options.threads, {}} {}

std::unique_ptr<Plan> CpuNetwork::makePlan(Size size) {
  return std::visit([&](const auto& weights) { return planOf(weights, size, pool_); }, weights_);
}

void CpuNetwork::reserve(std::int64_t floats) {
  if (floats > workspaceFloats_) {
    workspace_.reset();  // first: both at once might not fit
    workspaceFloats_ = 0;
    workspace_ = makeFloats(floats);
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
