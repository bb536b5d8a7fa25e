// SPDX-License-Identifier: MIT
// The AMX microkernel: accumulators of up to two groups of 16 pixels by two panels of 16 outputs, all in tile
// registers. Included once, by amx_convolution.cpp after it has set the target.

namespace cut::cpu {
namespace {

constexpr std::int64_t tileBytes = tileRows * tileRowBytes;

// What LDTILECFG reads (Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1, 18.3).
struct TileConfig {
  std::uint8_t palette = 1;
  std::uint8_t startRow = 0;
  std::uint8_t reserved[14] = {};
  std::uint16_t rowBytes[16] = {};
  std::uint8_t rows[16] = {};
};
static_assert(sizeof(TileConfig) == 64);

// Tiles 0 to 3 are accumulators (two groups of pixels by two panels of outputs), 4 and 5 hold inputs of the
// pixel groups, 6 and 7 weights of the panels.
TileConfig tileConfigFor(std::int64_t pixels) {
  TileConfig configuration;
  for (int tile = 0; tile < 8; ++tile) {
    configuration.rowBytes[tile] = tileRowBytes;
    configuration.rows[tile] = static_cast<std::uint8_t>(tile < 6 ? pixels : tileRows);
  }
  return configuration;
}

// The operands of one microkernel call: one or two groups of pixels of a row, one or two panels of outputs.
// Strides are in bytes.
struct TileOperands {
  const std::uint8_t* in[2];  // under the first row of the kernel
  std::int64_t inPixel;
  std::int64_t inTerm;  // from a row's high bf16 terms to its low ones
  std::int64_t inRow;
  const std::uint8_t* weights;
  std::int64_t kernelRows;
  std::int64_t innerColumns;  // AmxShape::innerColumns(): kernel columns per K-block, a pixel apart
  std::int64_t kBlocks;       // of each inner column
  const float* bias;
  float* out[2];
  std::int64_t outPixel;
};

// bf16 accumulators start with the bias; those of int8 are integers and get it when they are dequantized.
template <ComputeType computeType, int groups, int panels>
void loadBias(const float* bias) {
  if constexpr (computeType == ComputeType::int8) {
    _tile_zero(0);
    if constexpr (panels == 2) _tile_zero(1);
    if constexpr (groups == 2) _tile_zero(2);
    if constexpr (groups == 2 && panels == 2) _tile_zero(3);
  } else {
    _tile_loadd(0, bias, 0);
    if constexpr (panels == 2) _tile_loadd(1, bias + channelGroup, 0);
    if constexpr (groups == 2) _tile_loadd(2, bias, 0);
    if constexpr (groups == 2 && panels == 2) _tile_loadd(3, bias + channelGroup, 0);
  }
}

template <int groups>
void loadInputs(const std::uint8_t* first, const std::uint8_t* second, std::int64_t pixel) {
  _tile_loadd(4, first, pixel);
  if constexpr (groups == 2) _tile_loadd(5, second, pixel);
}

template <int panels>
void loadWeights(const std::uint8_t* weights) {
  _tile_loadd(6, weights, tileRowBytes);
  if constexpr (panels == 2) _tile_loadd(7, weights + tileBytes, tileRowBytes);
}

template <ComputeType computeType, int groups, int panels>
void accumulate() {
  if constexpr (computeType == ComputeType::int8) {
    _tile_dpbusd(0, 4, 6);
    if constexpr (panels == 2) _tile_dpbusd(1, 4, 7);
    if constexpr (groups == 2) _tile_dpbusd(2, 5, 6);
    if constexpr (groups == 2 && panels == 2) _tile_dpbusd(3, 5, 7);
  } else {
    _tile_dpbf16ps(0, 4, 6);
    if constexpr (panels == 2) _tile_dpbf16ps(1, 4, 7);
    if constexpr (groups == 2) _tile_dpbf16ps(2, 5, 6);
    if constexpr (groups == 2 && panels == 2) _tile_dpbf16ps(3, 5, 7);
  }
}

template <int groups, int panels>
void storeAccumulators(const TileOperands& operands) {
  _tile_stored(0, operands.out[0], operands.outPixel);
  if constexpr (panels == 2) _tile_stored(1, operands.out[0] + channelGroup, operands.outPixel);
  if constexpr (groups == 2) _tile_stored(2, operands.out[1], operands.outPixel);
  if constexpr (groups == 2 && panels == 2)
    _tile_stored(3, operands.out[1] + channelGroup, operands.outPixel);
}

template <ComputeType computeType, int groups, int panels>
void microkernel(const TileOperands& operands) {
  loadBias<computeType, groups, panels>(operands.bias);
  const std::uint8_t* weights = operands.weights;
  const std::int64_t innerColumns = computeType == ComputeType::bf16x3 ? operands.innerColumns : 1;
  for (std::int64_t kernelRow = 0; kernelRow < operands.kernelRows; ++kernelRow) {
    const std::uint8_t* in0 = operands.in[0] + kernelRow * operands.inRow;
    const std::uint8_t* in1 = operands.in[1] + kernelRow * operands.inRow;
    for (std::int64_t kBlock = 0; kBlock < operands.kBlocks; ++kBlock) {
      for (std::int64_t column = 0; column < innerColumns; ++column) {
        const std::int64_t at = kBlock * tileRowBytes + column * operands.inPixel;
        loadWeights<panels>(weights);
        weights += panels * tileBytes;
        if constexpr (computeType == ComputeType::bf16x3) {
          loadInputs<groups>(in0 + at + operands.inTerm, in1 + at + operands.inTerm, operands.inPixel);
          accumulate<computeType, groups, panels>();
        }
        loadInputs<groups>(in0 + at, in1 + at, operands.inPixel);
        accumulate<computeType, groups, panels>();
        if constexpr (computeType == ComputeType::bf16x3) {
          loadWeights<panels>(weights);
          weights += panels * tileBytes;
          accumulate<computeType, groups, panels>();
        }
      }
    }
  }
  storeAccumulators<groups, panels>(operands);
}

}  // namespace
}  // namespace cut::cpu
