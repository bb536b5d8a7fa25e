// SPDX-License-Identifier: MIT
#include "arch/generator_layers.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace cut {
namespace {

// ResNet (Johnson et al. 2016; Park et al. 2020, section 4). The index counts every module of the reference's
// Sequential, including those without tensors.
class ResnetWalk {
 public:
  ResnetWalk(const GeneratorSpec& spec, const LayerVisitor& visit) : spec_(spec), visit_(visit) {}

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

// U-Net (Isola et al. 2017). Each level contains the next one between its down-sampling and its up-sampling.
class UnetWalk {
 public:
  UnetWalk(const GeneratorSpec& spec, const LayerVisitor& visit) : spec_(spec), visit_(visit) {}

  // `prefix` is that of the level's modules: "model.model.1.model."
  void level(int index, const std::string& prefix) {
    const bool outermost = index == 0;
    const bool innermost = index == spec_.downs - 1;
    const int outer = outermost ? spec_.outputChannels : unetChannels(spec_, index - 1);
    const int inputs = outermost ? spec_.inputChannels : outer;
    const int inner = unetChannels(spec_, index);
    const bool bias = spec_.convolutionsHaveBias();
    int module = outermost ? 0 : 1;  // a ReLU comes first
    const int divisor = 2 << index;
    convolution(LayerKind::convolution, prefix, module, inputs, inner, divisor, bias);
    if (!outermost && !innermost) norm(prefix, ++module, inner);
    if (!innermost) level(index + 1, prefix + std::to_string(++module) + ".model.");
    module += 2;  // past the ReLU
    convolution(LayerKind::transposedConvolution, prefix, module, innermost ? inner : 2 * inner, outer,
                divisor, outermost || bias);
    if (!outermost) norm(prefix, module + 1, outer);
  }

 private:
  void convolution(LayerKind kind, const std::string& prefix, int module, int inputs, int outputs,
                   int divisor, bool bias) {
    visit_({kind, prefix + std::to_string(module), inputs, outputs, 4, divisor, bias});
  }

  void norm(const std::string& prefix, int module, int channels) {
    if (spec_.norm == Norm::batch)
      visit_({LayerKind::norm, prefix + std::to_string(module), channels, channels, 0, 1, true});
  }

  const GeneratorSpec& spec_;
  const LayerVisitor& visit_;
};

// SinCUT's generators: an encoder and a decoder of StyleGAN2's blocks (Karras et al. 2020).
class StyleGanWalk {
 public:
  StyleGanWalk(const GeneratorSpec& spec, const LayerVisitor& visit) : spec_(spec), visit_(visit) {}

  void run() {
    begin("encoder.convs.", 1);  // 0 is the input
    convolution(nextName(), 3, styleGanChannels(spec_, 0), 1);
    for (int i = 0; i < spec_.downs; ++i) down(i);
    plainBlocks();
    begin("decoder.convs.", 0);
    plainBlocks();
    for (int i = spec_.downs; i > 0; --i) up(i);
    convolution(nextName(), styleGanChannels(spec_, 0), 3, 1);
  }

 private:
  void begin(const char* prefix, int index) {
    prefix_ = prefix;
    index_ = index;
  }
  std::string nextName() { return prefix_ + std::to_string(index_++); }

  // A convolution without bias and the activation behind it, which has the bias.
  void convolution(const std::string& name, int inputs, int outputs, int kernel, int first = 0) {
    visit_({LayerKind::convolution, name + "." + std::to_string(first), inputs, outputs, kernel, divisor_,
            false});
    visit_({LayerKind::activation, name + "." + std::to_string(first + 1), outputs, outputs, 0, 1, true});
  }

  void filter(LayerKind kind, const std::string& name, int channels) {
    visit_({kind, name, channels, channels, 4, 1, false});
  }

  void down(int halvings) {
    const std::string name = nextName();
    const int inputs = styleGanChannels(spec_, halvings);
    const int outputs = styleGanChannels(spec_, halvings + 1);
    convolution(name + ".conv1", inputs, inputs, 3);
    divisor_ *= 2;
    filter(LayerKind::styleDownFilter, name + ".conv2.0", inputs);
    convolution(name + ".conv2", inputs, outputs, 3, 1);
    filter(LayerKind::styleDownFilter, name + ".skip.0", inputs);
    visit_({LayerKind::convolution, name + ".skip.1", inputs, outputs, 1, divisor_, false});
  }

  void plainBlocks() {
    const int channels = styleGanChannels(spec_, spec_.downs);
    for (int i = 0; i < spec_.blocks / 2; ++i) {
      const std::string name = nextName();
      convolution(name + ".conv1", channels, channels, 3);
      convolution(name + ".conv2", channels, channels, 3);
    }
  }

  void up(int halvings) {
    const std::string name = nextName();
    const int inputs = styleGanChannels(spec_, halvings);
    const int outputs = styleGanChannels(spec_, halvings - 1);
    visit_({LayerKind::modulatedConvolution, name + ".conv", inputs, outputs, 3, divisor_, false});
    filter(LayerKind::styleUpFilter, name + ".conv.blur", outputs);
    visit_({LayerKind::noise, name + ".noise", outputs, outputs, 0, 1, false});
    visit_({LayerKind::activation, name + ".activate", outputs, outputs, 0, 1, true});
    divisor_ /= 2;
  }

  const GeneratorSpec& spec_;
  const LayerVisitor& visit_;
  std::string prefix_;
  int index_ = 0;
  int divisor_ = 1;
};

}  // namespace

int unetChannels(const GeneratorSpec& spec, int level) {
  return spec.ngf * (1 << std::min(level, 3));
}

int styleGanChannels(const GeneratorSpec& spec, int halvings) {
  constexpr int maxAtSmallSides = 512;
  const int side = spec.resolution >> halvings;
  // nearbyint() rounds halves to even, as Python's round() does.
  const int channels = static_cast<int>(std::nearbyint(16384.0 / side * spec.ngf / 32));
  return side <= 32 ? std::min(channels, maxAtSmallSides) : channels;
}

void forEachLayer(const GeneratorSpec& spec, const LayerVisitor& visit) {
  spec.validate();
  if (spec.architecture == "resnet") return ResnetWalk(spec, visit).run();
  if (spec.architecture == "unet") return UnetWalk(spec, visit).level(0, "model.model.");
  if (spec.architecture != "torchscript") StyleGanWalk(spec, visit).run();
}

}  // namespace cut
