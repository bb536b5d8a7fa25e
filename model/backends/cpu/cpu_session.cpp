// SPDX-License-Identifier: MIT
#include "backends/cpu/cpu_session.hpp"

#include <algorithm>

#include "kernels/image/yuv_conversion.hpp"

namespace cut::cpu {
namespace {

// Packs rows of 8-bit RGB in parallel.
void packRows(const FloatImage& from, const ImageView& alphaFrom, const MutableImageView& to,
              ParallelFor parallelFor) {
  parallelFor(to.height, [&](std::int64_t begin, std::int64_t end) {
    FloatImage rows = from;
    ImageView alpha = alphaFrom;
    MutableImageView out = to;
    rows.data += begin * from.rowStride;
    alpha.data += begin * alphaFrom.stride;
    out.data += begin * to.stride;
    alpha.height = out.height = static_cast<int>(end - begin);
    pack(rows, alpha, out);
  });
}

}  // namespace

CpuSession::CpuSession(CpuNetwork& network, Size size)
    : network_(network),
      size_(size),
      padded_(paddedSize(size, network.spec().sizeMultiple())),
      plan_(network.makePlan(padded_)) {
  network_.reserve(plan_->workspace());
}

CpuSession::~CpuSession() {
  network_.release();
}

Result<Done> CpuSession::warmUp() noexcept {
  return guarded<Done>([&] {
    float* workspace = network_.workspace();
    std::fill_n(workspace, plan_->workspace(), 0.0F);  // touches every page, and is a grey frame
    plan_->run(workspace);
    return Done{};
  });
}

Result<Translated> CpuSession::translate(const ImageView& in, const MutableImageView& out) noexcept {
  return guarded<Translated>([&] {
    float* workspace = network_.workspace();
    unpack(in, plan_->input(workspace), padded_);
    plan_->run(workspace);
    const FloatImage output = plan_->output(workspace);
    packRows(output, in, out, network_.pool());
    return Translated{holdsNumbers(output, out.layout.channels, size_)};
  });
}

Result<Translated> CpuSession::translate(const YuvView& in, const MutableYuvView& out) noexcept {
  return guarded<Translated>([&] {
    float* workspace = network_.workspace();
    unpack(in, plan_->input(workspace), padded_, network_.pool());
    plan_->run(workspace);
    return Translated{pack(plan_->output(workspace), in, out, network_.pool())};
  });
}

Result<Done> CpuSession::translate(std::span<const float> in, std::span<float> out) noexcept {
  return guarded<Done>([&] {
    const GeneratorSpec& spec = network_.spec();
    float* workspace = network_.workspace();
    padPlanes(in, spec.inputChannels, size_, plan_->input(workspace), padded_);
    plan_->run(workspace);
    cropPlanes(plan_->output(workspace), spec.outputChannels, size_, out);
    return Done{};
  });
}

}  // namespace cut::cpu
