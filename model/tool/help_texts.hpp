// SPDX-License-Identifier: MIT
// The texts of cut-model --help.
#pragma once

namespace cut::tool::help {

inline constexpr const char* program = R"(Inspects, converts and checks the weights of CUT generators.

A model is a file of cuttranslate (.pt), which carries its network's description, licence, origin and a sample to
check itself with; or a PyTorch state_dict (.pth, of any PyTorch, also inside a checkpoint) as the reference
implementations of CUT, CycleGAN and pix2pix save it; or the same as .safetensors. Nothing in a file is executed.)";

inline constexpr const char* programMore = R"(Examples:
  cut-model inspect latest_net_G.pth
  cut-model convert latest_net_G.pth street.pt --licence CC-BY-4.0 --attribution "A. Author"
  cut-model quantize street.pt frames/
  cut-model verify street.pt --device cuda

cut-model SUBCOMMAND --help tells more. The exit status is 0 on success, 1 for a file or device that cannot be used,
and 2 for a wrong command line.)";

inline constexpr const char* inspect = "Prints what a model file holds";

inline constexpr const char* inspectMore =
    R"(Prints the file's kind, the network, the number of trainable parameters, the multiply-accumulates of a frame,
licence, attribution, origin, and the size of the sample.

Examples:
  cut-model inspect street.pt
  cut-model inspect street.pt --size 1280x720
  cut-model inspect street.pt --json | jq .network.ngf)";

inline constexpr const char* convert = "Writes a model in another format";

inline constexpr const char* convertMore =
    R"(The suffix of OUT selects the format: .pt is a file of cuttranslate; .pth a PyTorch state_dict with the reference's
names, which holds weights alone; .safetensors the same with licence, attribution and origin; .onnx the whole
network, for frames of any size, with float32 weights. In all other formats the weights keep every bit.

A new .pt gets a sample: a fixed input of 64x64 and the network's output for it in fp32, against which cut-model
verify and the element's verify=true check other machines. A sample that is there already is kept, and so are the
int8 ranges that cut-model quantize wrote.

Examples:
  cut-model convert latest_net_G.pth street.pt --licence CC-BY-4.0 --attribution "A. Author"
  cut-model convert street.pt street.pt --origin "trained on 2,000 frames of TORCS"
  cut-model convert street.pt street.pth
  cut-model convert street.pt street.onnx

In Python: torch.load("street.pt", weights_only=True)["state_dict"])";

inline constexpr const char* quantize = "Calibrates a model for precision int8";

inline constexpr const char* quantizeMore =
    R"(Runs the model on real frames (.png, .jpg; folders of them; of many, 16 that are evenly spread), measures the
activation range of each layer and writes the ranges into the file: precision int8 of the engine cpu needs them.
The weights do not change. Frames should be like those that the model will translate. Prints the PSNR of int8
against fp32 on the worst frame; int8 promises at least 38 dB. Where int8 in all layers has less than 45 dB, the
layers that cost most, at most half of them, are left out: they run in bf16 or fp32.

Examples:
  cut-model quantize street.pt frames/
  cut-model quantize latest_net_G.pth day/ night/0001.jpg --output street.pt
  ffmpeg -i drive.mp4 -vf fps=1 frames/%04d.png)";

inline constexpr const char* verify = "Runs a model's sample here and compares";

inline constexpr const char* verifyMore =
    R"(Prints the largest difference to the output in the file (outputs are in [-1, 1]) and the PSNR in dB. Fails where
they are worse than the precision promises: a difference of 0.001 in fp32.

Examples:
  cut-model verify street.pt
  cut-model verify street.pt --device cuda:1 --precision fp16)";

}  // namespace cut::tool::help
