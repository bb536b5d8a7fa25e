// What a generator is, as a value: enough to build it and to know every tensor of its weights.
#pragma once

#include "cuttranslate/export.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cut {

enum class Norm { instance, batch, none };

CUT_API std::string_view nameOf(Norm norm) noexcept;
CUT_API Norm normFromName(std::string_view name);  // throws invalidArgument

// The generators of CUT (Park et al. 2020) by `architecture`:
// - "resnet": a 7x7 convolution, two down-samplings, residual blocks, two up-samplings, a 7x7 convolution,
// tanh
//   (section 4; Johnson et al. 2016)
// - "unet": strided 4x4 convolutions down to a bottleneck and transposed ones back, each fed with the map of
//   its size on the way down (Isola et al. 2017)
// - "stylegan2", "smallstylegan2": residual blocks of StyleGAN2 (Karras et al. 2020), as SinCUT has them; the
//   small one injects no noise
// - "torchscript": a program in a file, of which only the channels are known
// What an architecture does not have stays as generatorFromName() gives it, so that equal networks are equal.
struct CUT_API GeneratorSpec {
  std::string architecture = "resnet";
  int blocks = 9;          // residual blocks: resnet 1 to 64, the reference has 4, 6 and 9; stylegan2 6 and
                           // smallstylegan2 2, half of them behind the down-samplings, half before the ups
  int inputChannels = 3;   // 1 to 4
  int outputChannels = 3;  // 1 to 4
  int ngf = 64;  // 1 to 1024: channels after the first convolution; StyleGAN2's are ngf * 512 / resolution
  Norm norm = Norm::instance;
  bool noAntialias = false;    // strided convolutions instead of convolution and blurred down-sampling
  bool noAntialiasUp = false;  // transposed convolutions instead of bilinear up-sampling and convolution
  bool dropout = false;  // resnet: between a block's convolutions, where it shifts the names; unet: behind
                         // the innermost ups, where it leaves no trace in a file; does nothing in evaluation
  int downs = 2;         // halvings of the sides: unet 5 to 10, the reference has 7 and 8; StyleGAN2 1 to 8
  int resolution = 0;    // StyleGAN2: side of the training images, a power of two from 8 to 1024

  bool operator==(const GeneratorSpec&) const = default;

  void validate() const;     // throws invalidArgument, naming the field and its range
  std::string name() const;  // the reference's --netG: "resnet_9blocks", "unet_256"
  std::string text() const;  // one line: "resnet_9blocks ngf 64, 3 -> 3 channels, instance norm"
  bool convolutionsHaveBias() const noexcept { return norm == Norm::instance; }
  int sizeMultiple() const noexcept { return 1 << downs; }  // sides are padded to a multiple of this
};

// The generator that the reference calls --netG `name`: resnet_9blocks (any number), unet_128, unet_256,
// stylegan2, smallstylegan2; with the reference's defaults otherwise. Throws invalidArgument.
CUT_API GeneratorSpec generatorFromName(std::string_view name);

// One tensor that the generator's state_dict holds, under the reference's name.
struct TensorInfo {
  std::string name;
  std::vector<std::int64_t> shape;
  bool optional = false;  // a file may lack it: constant filters, num_batches_tracked
};

// In the order of the reference's state_dict; none of a torchscript.
CUT_API std::vector<TensorInfo> expectedTensors(const GeneratorSpec& spec);

// What ModelFile::int8Ranges may hold, in the order of the layers: for each 3x3 convolution with stride 1 of
// a ResNet "<its name>.inputs" (inputs), "<its name>.channels" (inputs) and "<its name>.frequencies" (36);
// all of them, or none of a layer that int8 leaves alone. None of other networks.
inline constexpr std::size_t rangesOfLayer = 3;
CUT_API std::vector<TensorInfo> expectedRanges(const GeneratorSpec& spec);

// Multiply-accumulates of one frame (convolutions only); 0 of a torchscript, where nobody knows.
CUT_API std::int64_t macs(const GeneratorSpec& spec, int width, int height);

}  // namespace cut
