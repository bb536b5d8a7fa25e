// SPDX-License-Identifier: MIT
// The native model format, .pt: torch.save's zip format around a dict with the network's spec, its weights,
// where they come from and a sample that a machine can be checked with.
#pragma once

#include <string_view>

#include "cuttranslate/model_file.hpp"
#include "formats/torch_archive.hpp"

namespace cut {

// The keys of the dict and of the dicts in it.
namespace keys {

inline constexpr std::string_view formatName = "cuttranslate";
inline constexpr int newestVersion = 1;
inline constexpr std::string_view format = "format";
inline constexpr std::string_view formatVersion = "format_version";
inline constexpr std::string_view spec = "spec";
inline constexpr std::string_view architecture = "architecture";
inline constexpr std::string_view blocks = "blocks";
inline constexpr std::string_view inputChannels = "input_channels";
inline constexpr std::string_view outputChannels = "output_channels";
inline constexpr std::string_view ngf = "ngf";
inline constexpr std::string_view norm = "norm";
inline constexpr std::string_view noAntialias = "no_antialias";
inline constexpr std::string_view noAntialiasUp = "no_antialias_up";
inline constexpr std::string_view dropout = "dropout";
inline constexpr std::string_view downs = "downs";
inline constexpr std::string_view resolution = "resolution";
inline constexpr std::string_view preprocessing = "preprocessing";
inline constexpr std::string_view channelOrder = "channel_order";
inline constexpr std::string_view scale = "scale";
inline constexpr std::string_view offset = "offset";
inline constexpr std::string_view mode = "mode";
inline constexpr std::string_view loadSize = "load_size";
inline constexpr std::string_view cropSize = "crop_size";
inline constexpr std::string_view licence = "licence";
inline constexpr std::string_view attribution = "attribution";
inline constexpr std::string_view origin = "origin";
inline constexpr std::string_view sample = "sample";
inline constexpr std::string_view input = "input";
inline constexpr std::string_view output = "output";
inline constexpr std::string_view int8Ranges = "int8_ranges";
inline constexpr std::string_view stateDict = "state_dict";

}  // namespace keys

// Height and width of the sample's input.
inline constexpr int sampleSide = 64;

// Checks a model that was just read or is about to be written: spec, preprocessing, exactly the tensors of
// the spec, int8 ranges and sample. Looks at names, types and shapes only. Throws invalidArgument or
// wrongFile.
void checkModelMeta(const ModelFile& model);

// The same, and the values of constant filters and int8 ranges.
void checkModel(const ModelFile& model);

// The dict says that it is a native model.
bool isNativeModel(const PickleTree& tree, const PickleDict& root);

// Throws wrongFile naming the key that is missing or of another type, unsupported for a newer format version.
ModelFile readNativeModel(TorchArchive& archive, const PickleDict& root);

}  // namespace cut
