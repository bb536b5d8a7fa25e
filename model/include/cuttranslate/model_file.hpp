// SPDX-License-Identifier: MIT
// Weight files: reading the formats that are in use, writing our own. Reading executes nothing from a file.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cuttranslate/export.hpp"
#include "cuttranslate/image.hpp"
#include "cuttranslate/spec.hpp"
#include "cuttranslate/tensor.hpp"

namespace cut {

enum class FileKind {
  cuttranslate,     // our .pt: spec, weights, sample and origin
  stateDict,        // a PyTorch state_dict in the zip format, as the reference saves it
  legacyStateDict,  // the same in the format from before PyTorch 1.6
  safetensors,
  torchScript,  // a program, (N, 3, H, W) to the same in [-1, 1]; only engine torch runs it
};

CUT_API std::string_view nameOf(FileKind kind) noexcept;

// How training images became tensors, which is how frames must; x / 127.5 - 1 in the reference.
struct Preprocessing {
  std::string channelOrder = "RGB";
  double scale = 1 / 127.5;
  double offset = -1;
  std::string mode;  // the reference's --preprocess, empty if unknown
  int loadSize = 0;  // 0: unknown
  int cropSize = 0;
};

// An input and the generator's output for it in fp32, for SharedModel::verify(): (1, C, H, W), in [-1, 1].
struct Sample {
  Tensor input;
  Tensor output;

  Size size() const { return {static_cast<int>(input.shape[3]), static_cast<int>(input.shape[2])}; }
};

// How to read a file that holds a TorchScript program. `refuse`: throw unsupported. `tell`: return its kind
// only. `allow`: return the program too. Reading never executes it; opening the model does.
enum class Code { refuse, tell, allow };

struct ModelFile {
  FileKind kind = FileKind::cuttranslate;
  int formatVersion = 1;  // of our own files
  GeneratorSpec spec;
  Preprocessing preprocessing;
  std::string licence;      // of the weights, e.g. an SPDX expression; empty if unknown
  std::string attribution;  // whom to name
  std::string origin;       // how the weights were made: program, command, data
  std::optional<Sample> sample;
  StateDict
      int8Ranges;  // activation ranges for precision int8, by calibrateInt8(): some of expectedRanges(spec)
  StateDict weights;  // the reference's names, without "module."
  std::string
      key;  // of a checkpoint: the key of the state_dict in it, "model"; empty if the file is the state_dict
  std::vector<std::byte>
      program;  // the whole file, of a torchScript with Code::allow; such a model has no weights
  std::vector<std::string>
      infos;  // notices for the user about how it was read; sentences without a full stop
};

// Throws notFound, io (a directory, FIFO or device is refused without blocking on it), wrongFile,
// unsupported (a newer format version) or outOfMemory. Checks that the weights are exactly those of the spec.
CUT_API ModelFile readModelFile(const std::filesystem::path& path, Code code = Code::refuse);
CUT_API ModelFile readModelFile(std::span<const std::byte> bytes);

// Writes to a temporary name beside `path`, syncs and renames, so that a file of that name is always
// complete.
CUT_API void writeModelFile(const std::filesystem::path& path, const ModelFile& model);

// A bare state_dict in PyTorch's zip format, as the reference saves and reads it.
CUT_API void writeStateDict(const std::filesystem::path& path, const StateDict& weights);

// All tensors of a file that holds a plain dict of tensors, such as a state_dict, in the file's order. Throws
// the errors of readModelFile.
CUT_API StateDict readStateDict(const std::filesystem::path& path);

// The weights with licence, attribution and origin as metadata. Throws invalidArgument if a text is not
// UTF-8.
CUT_API void writeSafetensors(const std::filesystem::path& path, const ModelFile& model);

// The generator as an ONNX model (opset 17): "input" (batch, channels, height, width) of any size, in [-1,
// 1], to "output" of the same size; weights as float32. Throws unsupported for a torchScript and beyond 2
// GiB.
CUT_API void writeOnnx(const std::filesystem::path& path, const ModelFile& model);

// The input of the sample in files of our own: (1, channels, 64, 64) in [-1, 1], the same numbers on every
// machine. Smooth waves resemble an image, a little noise keeps every part of a network active.
CUT_API Tensor sampleInput(int channels);

// The spec of the network that has these tensors. Throws wrongFile, naming a tensor that fits no known
// network.
CUT_API GeneratorSpec inferSpec(const StateDict& weights);

// Throws wrongFile, naming the first tensor that is missing, unexpected or of another shape.
CUT_API void checkWeights(const GeneratorSpec& spec, const StateDict& weights);

}  // namespace cut
