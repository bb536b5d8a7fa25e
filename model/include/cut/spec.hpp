// What a generator is, as a value: enough to build it and to know every tensor of its weights.
#pragma once

#include "cut/export.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cut {

enum class Norm { instance, batch, none };

CUT_API std::string_view nameOf(Norm norm) noexcept;
CUT_API Norm normFromName(std::string_view name);  // throws invalidArgument

// The ResNet generators of CUT (Park et al. 2020, section 4; Johnson et al. 2016): a 7x7 convolution, two
// down-samplings, residual blocks, two up-samplings, a 7x7 convolution, tanh.
struct CUT_API GeneratorSpec {
  std::string architecture = "resnet";  // later: "unet", "stylegan2", "smallstylegan2"
  int blocks = 9;                       // residual blocks: 1 to 64; the reference has 4 (ours), 6 and 9
  int inputChannels = 3;                // 1 to 4
  int outputChannels = 3;               // 1 to 4
  int ngf = 64;                         // channels after the first convolution: 1 to 1024
  Norm norm = Norm::instance;
  bool noAntialias = false;    // strided convolutions instead of convolution and blurred down-sampling
  bool noAntialiasUp = false;  // transposed convolutions instead of bilinear up-sampling and convolution
  bool dropout = false;        // between a block's convolutions; shifts the names, does nothing in evaluation

  bool operator==(const GeneratorSpec&) const = default;

  void validate() const;     // throws invalidArgument, naming the field and its range
  std::string name() const;  // the reference's --netG: "resnet_9blocks"
  std::string text() const;  // one line: "resnet_9blocks ngf 64, 3 -> 3 channels, instance norm"
  bool convolutionsHaveBias() const noexcept { return norm == Norm::instance; }
  int sizeMultiple() const noexcept { return 4; }  // sides are padded to a multiple of this
};

// One tensor that the generator's state_dict holds, under the reference's name.
struct TensorInfo {
  std::string name;
  std::vector<std::int64_t> shape;
  bool optional = false;  // a file may lack it: constant filters, num_batches_tracked
};

// In the order of the reference's state_dict.
CUT_API std::vector<TensorInfo> expectedTensors(const GeneratorSpec& spec);

// Multiply-accumulates of one frame (convolutions only).
CUT_API std::int64_t macs(const GeneratorSpec& spec, int width, int height);

}  // namespace cut
