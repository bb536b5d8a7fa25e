// SPDX-License-Identifier: MIT
// Raw option values, before presets and defaults, and what they come to together.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "trainer/options/tables.hpp"

namespace cut::trainer {

struct RawOption {
  std::vector<std::string> values;  // as they were given, in their order
  std::string place = {};           // "street.toml, line 3"; empty: the command line
};
using RawOptions = std::map<std::string, RawOption>;  // by the option's name
using Notices = std::vector<std::string>;

// Adds what the file says and the command line does not. Throws notFound, io, wrongFile,
// invalidArgument for a name that is no option.
void addFromConfig(const std::string& path, RawOptions& raw);

// Throws invalidArgument where --device and --gpu_ids name different ones.
void refuseTwoDevices(const RawOptions& raw);

// Sets the fields that the table refers to; of several values the last one counts, unless the option collects
// them. Throws invalidArgument, naming place and option; of several mistakes always the first of the table.
void setFields(const OptionTable& table, const RawOptions& raw);

// The preset that is asked for. Throws invalidArgument.
TrainOptions presetOf(const RawOptions& raw);
// Of test: --model sincut translates one whole image.
TestOptions testPresetOf(const RawOptions& raw);

// Throws invalidArgument for an option that only other methods know. The reference has pool_size for all of
// them, and CUT takes it without effect.
void refuseOfOtherMethods(const OptionTable& table, const RawOptions& raw, MethodName method);

// What depends on several options: --suffix, --continue_train beside --pretrained_name, the order of
// --nce_layers. Throws invalidArgument.
void resolve(TrainOptions& options, const RawOptions& raw, Notices& notices);
void resolve(TestOptions& options, const RawOptions& raw);

}  // namespace cut::trainer
