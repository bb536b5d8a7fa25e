// The layers of the U-Net generators (Isola et al. 2017): each level holds the next one between its own way
// down and its own way up.
#include <algorithm>

#include "arch/generator_layers.hpp"

namespace cut {
namespace {

class Walk {
 public:
  Walk(const GeneratorSpec& spec, const LayerVisitor& visit) : spec_(spec), visit_(visit) {}

  // `prefix`: of the level's modules, "model.model.1.model."
  void level(int index, const std::string& prefix) {
    const bool outermost = index == 0;
    const bool innermost = index == spec_.downs - 1;
    const int outer = outermost ? spec_.outputChannels : unetChannels(spec_, index - 1);
    const int inputs = outermost ? spec_.inputChannels : outer;
    const int inner = unetChannels(spec_, index);
    const bool bias = spec_.convolutionsHaveBias();
    int place = outermost ? 0 : 1;  // a ReLU comes first
    const int divisor = 2 << index;
    convolution(LayerKind::convolution, prefix, place, inputs, inner, divisor, bias);
    if (!outermost && !innermost) norm(prefix, ++place, inner);
    if (!innermost) level(index + 1, prefix + std::to_string(++place) + ".model.");
    place += 2;  // past the ReLU
    convolution(LayerKind::transposedConvolution, prefix, place, innermost ? inner : 2 * inner, outer,
                divisor, outermost || bias);
    if (!outermost) norm(prefix, place + 1, outer);
  }

 private:
  void convolution(LayerKind kind, const std::string& prefix, int place, int inputs, int outputs, int divisor,
                   bool bias) {
    visit_({kind, prefix + std::to_string(place), inputs, outputs, 4, divisor, bias});
  }

  void norm(const std::string& prefix, int place, int channels) {
    if (spec_.norm == Norm::batch)
      visit_({LayerKind::norm, prefix + std::to_string(place), channels, channels, 0, 1, true});
  }

  const GeneratorSpec& spec_;
  const LayerVisitor& visit_;
};

}  // namespace

int unetChannels(const GeneratorSpec& spec, int level) {
  return spec.ngf * (1 << std::min(level, 3));
}

void forEachUnetLayer(const GeneratorSpec& spec, const LayerVisitor& visit) {
  Walk(spec, visit).level(0, "model.model.");
}

}  // namespace cut
