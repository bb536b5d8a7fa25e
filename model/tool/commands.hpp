// SPDX-License-Identifier: MIT
// The subcommands of cut-model: their arguments and the functions that run them.
#pragma once

#include <filesystem>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "cuttranslate/engine.hpp"
#include "cuttranslate/image.hpp"
#include "cuttranslate/model_file.hpp"

namespace cut::tool {

enum class Format { text, json };

struct InspectRequest {
  std::filesystem::path file;
  Format format = Format::text;
  Size size{256, 256};  // of the frame that multiply-accumulates are counted for
  Code code = Code::refuse;
};

enum class SampleChoice { keepOrMake, leaveOut };

struct ConvertRequest {
  std::filesystem::path from;
  std::filesystem::path to;  // .pt, .pth, .safetensors or .onnx
  std::optional<std::string> licence;
  std::optional<std::string> attribution;
  std::optional<std::string> origin;
  SampleChoice sample = SampleChoice::keepOrMake;
  EngineOptions engine;  // of the engine that computes the sample
};

struct QuantizeRequest {
  std::filesystem::path model;
  std::vector<std::filesystem::path> frames;  // pictures, or folders of pictures
  std::optional<std::filesystem::path> to;    // a .pt; the model's own file where there is none
  int mostFrames = 16;                        // --most
  bool allLayers = false;
  int threads = 0;
};

struct VerifyRequest {
  std::filesystem::path file;
  EngineOptions engine;
};

// ".pt" of "street.PT".
inline std::string lowerSuffix(const std::filesystem::path& path) {
  std::string suffix = path.extension().string();
  for (char& c : suffix)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return suffix;
}

// All throw cut::Error.
void inspect(const InspectRequest& request, std::ostream& out);
void convert(const ConvertRequest& request, std::ostream& out);
void quantize(const QuantizeRequest& request, std::ostream& out);
void verify(const VerifyRequest& request, std::ostream& out);

}  // namespace cut::tool
