// SPDX-License-Identifier: MIT
// Frames of one size through a CpuNetwork.
#pragma once

#include <memory>

#include "backends/cpu/cpu_network.hpp"
#include "backends/cpu/plan.hpp"

namespace cut::cpu {

class CpuSession final : public Session {
 public:
  CpuSession(CpuNetwork& network, Size size);
  ~CpuSession() override;
  CpuSession(const CpuSession&) = delete;
  CpuSession& operator=(const CpuSession&) = delete;

  Result<Done> warmUp() noexcept override;
  Result<Translated> translate(const ImageView& in, const MutableImageView& out) noexcept override;
  Result<Translated> translate(const YuvView& in, const MutableYuvView& out) noexcept override;
  Result<Done> translate(std::span<const float> in, std::span<float> out) noexcept override;

 private:
  CpuNetwork& network_;
  Size size_;
  Size padded_;
  std::unique_ptr<Plan> plan_;
};

}  // namespace cut::cpu
