#include "cpu/network.hpp"

#include "cpu/guard.hpp"
#include "cpu/session.hpp"

namespace cut::cpu {
namespace {

Products productsOf(Precision precision) {
  return precision == Precision::bf16   ? Products::bf16
         : precision == Precision::int8 ? Products::int8
                                        : Products::fp32;
}

}  // namespace

CpuNetwork::CpuNetwork(const ModelFile& model, const EngineOptions& options)
    : pool_(options.threads),
      weights_(model, productsOf(options.precision), pool_),
      active_{"cpu", "cpu", std::string(nameOf(options.precision)), options.threads} {}

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
