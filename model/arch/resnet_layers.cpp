// The layers of the ResNet generators (Johnson et al. 2016; Park et al. 2020, section 4).
#include <utility>

#include "arch/generator_layers.hpp"

namespace cut {
namespace {

// Walks the reference's Sequential; an index is spent on every module, also those without tensors.
class Walk {
 public:
  Walk(const GeneratorSpec& spec, const LayerVisitor& visit) : spec_(spec), visit_(visit) {}

  void run() {
    const int n = spec_.ngf;
    skip();  // reflection pad
    convolution(spec_.inputChannels, n, 7, 1, spec_.convolutionsHaveBias());
    normAndRelu(n);
    down(n, 2 * n, 1);
    down(2 * n, 4 * n, 2);
    for (int i = 0; i < spec_.blocks; ++i) block(4 * n);
    up(4 * n, 2 * n, 4);
    up(2 * n, n, 2);
    skip();
    convolution(n, spec_.outputChannels, 7, 1, true);
  }

 private:
  void skip() { ++index_; }
  std::string nextName() { return prefix_ + std::to_string(index_++); }

  void convolution(int inputs, int outputs, int kernel, int divisor, bool bias) {
    visit_({LayerKind::convolution, nextName(), inputs, outputs, kernel, divisor, bias});
  }

  void norm(int channels) {
    const std::string name = nextName();
    if (spec_.norm == Norm::batch) visit_({LayerKind::norm, name, channels, channels, 0, 1, true});
  }

  void normAndRelu(int channels) {
    norm(channels);
    skip();
  }

  void filter(LayerKind kind, int channels) {
    visit_({kind, nextName(), channels, channels, kind == LayerKind::downFilter ? 3 : 4, 1, false});
  }

  void down(int inputs, int outputs, int divisor) {
    const int strided = spec_.noAntialias ? 2 : 1;
    convolution(inputs, outputs, 3, divisor * strided, spec_.convolutionsHaveBias());
    normAndRelu(outputs);
    if (!spec_.noAntialias) filter(LayerKind::downFilter, outputs);
  }

  void block(int channels) {
    const std::string outer = nextName() + ".conv_block.";
    const int outerIndex = std::exchange(index_, 0);
    const std::string outerPrefix = std::exchange(prefix_, outer);
    skip();
    convolution(channels, channels, 3, 4, spec_.convolutionsHaveBias());
    normAndRelu(channels);
    if (spec_.dropout) skip();
    skip();
    convolution(channels, channels, 3, 4, spec_.convolutionsHaveBias());
    norm(channels);
    index_ = outerIndex;
    prefix_ = outerPrefix;
  }

  void up(int inputs, int outputs, int divisor) {
    const bool bias = spec_.convolutionsHaveBias();
    if (spec_.noAntialiasUp) {
      visit_({LayerKind::transposedConvolution, nextName(), inputs, outputs, 3, divisor, bias});
    } else {
      filter(LayerKind::upFilter, inputs);
      convolution(inputs, outputs, 3, divisor / 2, bias);
    }
    normAndRelu(outputs);
  }

  const GeneratorSpec& spec_;
  const LayerVisitor& visit_;
  std::string prefix_ = "model.";
  int index_ = 0;
};

}  // namespace

void forEachResnetLayer(const GeneratorSpec& spec, const LayerVisitor& visit) {
  Walk(spec, visit).run();
}

}  // namespace cut
