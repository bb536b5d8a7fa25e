// What was given, before it means anything.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "trainer/options/test_options.hpp"
#include "trainer/options/train_options.hpp"

namespace cut::trainer {

using Given = std::map<std::string, std::vector<std::string>>;  // option, its values in their order
using Notices = std::vector<std::string>;

// Adds what the file says and the command line does not. Throws notFound, io, wrongFile,
// invalidArgument for a name that is no option.
void addFromConfig(const std::string& path, Given& given);

// Throws invalidArgument where --device and --gpu_ids name different ones.
void refuseTwoDevices(const Given& given);

// What depends on several options: --suffix, --continue_train beside --pretrained_name, the order of
// --nce_layers. Throws invalidArgument.
void settle(TrainOptions& options, const Given& given, Notices& notices);
void settle(TestOptions& options, const Given& given);

}  // namespace cut::trainer
