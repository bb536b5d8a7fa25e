// SPDX-License-Identifier: MIT
// The spec of a generator: enough to build it and to know every tensor of its weights.
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
// - "resnet": a 7x7 convolution, two down-samplings, residual blocks, two up-samplings, a 7x7 convolution and
//   tanh (section 4; Johnson et al. 2016)
// - "unet": strided 4x4 convolutions down to a bottleneck and transposed ones back, each fed with the map of
//   its size on the way down (Isola et al. 2017)
// - "stylegan2", "smallstylegan2": residual blocks of StyleGAN2 (Karras et al. 2020), as SinCUT has them; the
//   small one injects no noise
// - "torchscript": a TorchScript program, of which only the channels are known
// Fields that an architecture does not use keep the values of generatorFromName(), so that equal networks
// compare equal.
struct CUT_API GeneratorSpec {
  std::string architecture = "resnet";
  int blocks = 9;          // residual blocks: resnet 1 to 64, the reference has 4, 6 and 9; stylegan2 6 and
                           // smallstylegan2 2, half after the down-sampling, half before the up-sampling
  int inputChannels = 3;   // 1 to 4
  int outputChannels = 3;  // 1 to 4
  int ngf = 64;  // 1 to 1024: channels after the first convolution; StyleGAN2's are ngf * 512 / resolution
  Norm norm = Norm::instance;
  bool noAntialias = false;    // strided convolutions instead of convolution and blurred down-sampling
  bool noAntialiasUp = false;  // transposed convolutions instead of bilinear up-sampling and convolution
  bool dropout = false;  // resnet: between a block's convolutions, which shifts the tensors' names; unet:
                         // after the innermost up-sampling, invisible in a file; a no-op in evaluation mode
  int downs = 2;         // down-sampling steps: unet 5 to 10, the reference has 7 and 8; StyleGAN2 1 to 8
  int resolution = 0;    // StyleGAN2: side of the training images, a power of two, 8 to 1024

  bool operator==(const GeneratorSpec&) const = default;

  void validate() const;     // throws invalidArgument, naming the field and its range
  std::string name() const;  // the reference's --netG: "resnet_9blocks", "unet_256"
  std::string text() const;  // one line: "resnet_9blocks ngf 64, 3 -> 3 channels, instance norm"
  bool convolutionsHaveBias() const noexcept { return norm == Norm::instance; }
  // The sides of the network's input are multiples of this.
  int sizeMultiple() const noexcept { return 1 << downs; }
};

// The generator of the reference's option --netG `name`: resnet_9blocks (any number), unet_128, unet_256,
// stylegan2, smallstylegan2; with the reference's defaults otherwise. Throws invalidArgument.
CUT_API GeneratorSpec generatorFromName(std::string_view name);

// A tensor of the generator's state_dict, under the reference's name.
struct TensorInfo {
  std::string name;
  std::vector<std::int64_t> shape;
  bool optional = false;  // files may lack it: constant filters, num_batches_tracked
};

// In the order of the reference's state_dict; none of a torchscript.
CUT_API std::vector<TensorInfo> expectedTensors(const GeneratorSpec& spec);

// The tensors that ModelFile::int8Ranges may hold, in the order of the layers. Each 3x3 convolution with
// stride 1 of a ResNet has three or, if it is left out of int8, none: "<name>.inputs" (inputs), the range of
// each input channel, and
// "<name>.channels" (inputs) and "<name>.frequencies" (36), whose products are the ranges at each element of
// the transformed Winograd tile. Other networks have none.
inline constexpr std::size_t rangesOfLayer = 3;
CUT_API std::vector<TensorInfo> expectedRanges(const GeneratorSpec& spec);

// Multiply-accumulates of the convolutions for one frame; 0 for a torchscript, where they are unknown.
CUT_API std::int64_t macs(const GeneratorSpec& spec, int width, int height);

}  // namespace cut
