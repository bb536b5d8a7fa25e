// SPDX-License-Identifier: MIT
// The forward pass of a StyleGAN2 generator at one frame size.
#pragma once

#include <cstdint>
#include <vector>

#include "backends/cpu/plan.hpp"
#include "backends/cpu/stylegan_weights.hpp"
#include "backends/cpu/thread_pool.hpp"
#include "kernels/base/feature_map.hpp"
#include "kernels/conv/winograd/winograd.hpp"

namespace cut::cpu {

// Maps are stored after their activation. Of maps with the frame's sides only a band of some rows is in
// memory at a time, between the image and the first map of half the sides, and between the last one and the
// image. The maps of odd levels, with 1 / 2^level of the frame's sides, share one part of the workspace,
// those of even levels another.
class StyleGanPlan final : public Plan {
 public:
  // size: already padded to the network's size multiple.
  StyleGanPlan(const StyleGanWeights& weights, Size size, ThreadPool& pool);

  std::int64_t workspace() const noexcept override { return layout_.size(); }
  MutableFloatImage input(float* workspace) const noexcept override;
  FloatImage output(const float* workspace) const noexcept override;
  void run(float* workspace) noexcept override;

 private:
  struct Rows {
    std::int64_t begin, end;

    std::int64_t count() const noexcept { return end - begin; }
  };

  // A band between a map and the next one of half the sides, on the way down and up.
  struct Band {
    Rows halvedTiles;  // rows of tiles of the halved map
    Rows halved;       // the same in pixels
    Rows tiles;        // on the way down: of the first convolution, those that no band before has computed
    Rows inputs;       // rows of the map that this convolution or the skip connection sees
    Rows kept;         // rows that the convolution's bands before have computed, and this one needs again
  };

  struct Offsets {
    std::int64_t input, output;
    std::int64_t maps[2];  // of odd and even levels
    std::int64_t first;    // a band of the first layer
    std::int64_t band;     // of the first convolution on the way down, or of the last one on the way up
    std::int64_t blurred;  // a band of the skip connection
    std::int64_t noise;    // a band
    std::int64_t scratch;
  };

  MapShape map(int level) const noexcept;
  std::int64_t mapAt(int level) const noexcept { return at_.maps[(level + 1) % 2]; }
  Band bandFrom(int level, std::int64_t firstTileRow) const noexcept;
  void layOutWorkspace();
  void layOutBands();

  void convolve(const float* x, const PackedConvolution& layer, float* y, const WinogradShape& shape,
                const Epilogue& epilogue) noexcept;
  void firstLayer(const Rows& rows) noexcept;
  void down(int level) noexcept;
  void keepRows(int level, const Band& band, std::int64_t origin) noexcept;
  void skip(int level, const float* x, std::int64_t xRow, const Band& band) noexcept;
  void block(std::size_t index) noexcept;
  void up(int level) noexcept;
  void fillNoise(int level, const Rows& rows) noexcept;
  void lastLayer(const Rows& rows) noexcept;

  const StyleGanWeights& weights_;
  ThreadPool& pool_;
  Size size_;
  Offsets at_{};
  std::vector<std::vector<Band>> bands_;  // by level of the map that is not halved
  WorkspaceLayout layout_;
  float* base_ = nullptr;  // the workspace of the current run
};

}  // namespace cut::cpu
