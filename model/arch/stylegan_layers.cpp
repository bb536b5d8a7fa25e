// The layers of SinCUT's generators: an encoder and a decoder of StyleGAN2's blocks (Karras et al. 2020).
#include <algorithm>
#include <cmath>

#include "arch/generator_layers.hpp"

namespace cut {
namespace {

class Walk {
 public:
  Walk(const GeneratorSpec& spec, const LayerVisitor& visit) : spec_(spec), visit_(visit) {}

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

  // A convolution without bias, and the activation that has one.
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

int styleGanChannels(const GeneratorSpec& spec, int halvings) {
  constexpr int mostWhereSmall = 512;
  const int side = spec.resolution >> halvings;
  // Rounded to even at one half, as Python does.
  const int channels = static_cast<int>(std::nearbyint(16384.0 / side * spec.ngf / 32));
  return side <= 32 ? std::min(channels, mostWhereSmall) : channels;
}

void forEachStyleGanLayer(const GeneratorSpec& spec, const LayerVisitor& visit) {
  Walk(spec, visit).run();
}

}  // namespace cut
