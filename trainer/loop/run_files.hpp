// SPDX-License-Identifier: MIT
// The files of a run's folder: options.toml, checkpoint.pt, the reference's state_dicts, and model.pt.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "trainer/checkpoint/checkpoint_file.hpp"
#include "trainer/methods/method.hpp"
#include "trainer/options/train_options.hpp"

namespace cut::trainer {

std::filesystem::path checkpointFile(const TrainOptions& options);

std::filesystem::path optionsFile(const TrainOptions& options);

// options.toml: every option as resolved, for --config. It says what the run is and not that it was
// continued, so that a run started from it begins anew. Throws io.
void writeOptions(const TrainOptions& options);

// The checkpoint that --continue_train resumes; nothing where there is none. Throws what readCheckpoint
// throws.
std::optional<Checkpoint> findCheckpoint(const TrainOptions& options);

// <epoch>_net_<name>.pth of each network of the method, as the reference names and reads them. With `average`
// (the generator's averaged weights, or empty) also <epoch>_net_<name of the generator>_ema.pth.
void writeNetworks(const std::filesystem::path& folder, const std::string& epoch, const Method& method,
                   const StateDict& average);

// From <folder>/<epoch>_net_*.pth. A network other than the generator that has no file is left as it is
// initialised, and said by `notice`. Throws notFound without the generator, wrongFile where the networks are
// others.
void readNetworks(const std::filesystem::path& folder, const std::string& epoch, const Method& method,
                  const std::function<void(const std::string&)>& notice);

// The one file that readNetworks needs: the generator's.
std::filesystem::path generatorFile(const std::filesystem::path& folder, const std::string& epoch,
                                    const Method& method);

// model.pt: the generator (averaged where there is an average) with its spec, preprocessing, origin and a
// sample pair computed in float32.
void writeModel(const std::filesystem::path& path, const TrainOptions& options, nets::Generator& generator,
                const StateDict& average);

}  // namespace cut::trainer
