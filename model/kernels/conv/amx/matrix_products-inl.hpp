// Products of a matrix unit's tiles: pixels of a packed row by panels of outputs. Included once, by
// matrix_convolution_amx.cpp after it has set its instructions.

namespace cut::cpu {
namespace {

constexpr std::int64_t tileBytes = matrixLines * matrixLineBytes;

// What LDTILECFG reads (Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1, 18.3).
struct TileConfiguration {
  std::uint8_t palette = 1;
  std::uint8_t startRow = 0;
  std::uint8_t reserved[14] = {};
  std::uint16_t lineBytes[16] = {};
  std::uint8_t lines[16] = {};
};
static_assert(sizeof(TileConfiguration) == 64);

// Tiles 0 to 3 are sums of two groups of pixels by two panels of outputs, 4 and 5 the pixels' inputs, 6 and 7
// the panels' weights.
TileConfiguration configurationFor(std::int64_t pixels) {
  TileConfiguration configuration;
  for (int tile = 0; tile < 8; ++tile) {
    configuration.lineBytes[tile] = matrixLineBytes;
    configuration.lines[tile] = static_cast<std::uint8_t>(tile < 6 ? pixels : matrixLines);
  }
  return configuration;
}

// One or two groups of pixels of a row, by one or two panels of outputs.
struct TileProducts {
  const std::uint8_t* in[2];  // of the first line of the kernel
  std::int64_t inPixel;       // bytes, as all of these
  std::int64_t inHalf;        // from a row's high halves to its low ones
  std::int64_t inRow;
  const std::uint8_t* weights;
  std::int64_t lines;   // of the kernel
  std::int64_t turns;   // as MatrixShape has them: a pixel apart
  std::int64_t chunks;  // of each turn
  const float* bias;
  float* out[2];
  std::int64_t outPixel;
};

// Sums of bf16 begin with the bias; those of int8 are integers.
template <Products products, int groups, int panels>
void beginSums(const float* bias) {
  if constexpr (products == Products::int8) {
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
  _tile_loadd(6, weights, matrixLineBytes);
  if constexpr (panels == 2) _tile_loadd(7, weights + tileBytes, matrixLineBytes);
}

template <Products products, int groups, int panels>
void addProducts() {
  if constexpr (products == Products::int8) {
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
void storeSums(const TileProducts& product) {
  _tile_stored(0, product.out[0], product.outPixel);
  if constexpr (panels == 2) _tile_stored(1, product.out[0] + channelGroup, product.outPixel);
  if constexpr (groups == 2) _tile_stored(2, product.out[1], product.outPixel);
  if constexpr (groups == 2 && panels == 2) _tile_stored(3, product.out[1] + channelGroup, product.outPixel);
}

template <Products products, int groups, int panels>
void multiply(const TileProducts& product) {
  beginSums<products, groups, panels>(product.bias);
  const std::uint8_t* weights = product.weights;
  const std::int64_t turns = products == Products::split ? product.turns : 1;
  for (std::int64_t line = 0; line < product.lines; ++line) {
    const std::uint8_t* in0 = product.in[0] + line * product.inRow;
    const std::uint8_t* in1 = product.in[1] + line * product.inRow;
    for (std::int64_t chunk = 0; chunk < product.chunks; ++chunk) {
      for (std::int64_t turn = 0; turn < turns; ++turn) {
        const std::int64_t at = chunk * matrixLineBytes + turn * product.inPixel;
        loadWeights<panels>(weights);
        weights += panels * tileBytes;
        if constexpr (products == Products::split) {
          loadInputs<groups>(in0 + at + product.inHalf, in1 + at + product.inHalf, product.inPixel);
          addProducts<products, groups, panels>();
        }
        loadInputs<groups>(in0 + at, in1 + at, product.inPixel);
        addProducts<products, groups, panels>();
        if constexpr (products == Products::split) {
          loadWeights<panels>(weights);
          weights += panels * tileBytes;
          addProducts<products, groups, panels>();
        }
      }
    }
  }
  storeSums<groups, panels>(product);
}

}  // namespace
}  // namespace cut::cpu
