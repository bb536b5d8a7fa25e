// SPDX-License-Identifier: MIT
// The tables of cut-trainer's commands. Each refers to the options it is given: they have to outlive it.
#pragma once

#include <string>
#include <vector>

#include "trainer/options/model_options.hpp"
#include "trainer/options/option_table.hpp"
#include "trainer/options/similarity_options.hpp"
#include "trainer/options/train_options.hpp"

namespace cut::trainer {

// In the order of --help and of a configuration file. --model and --CUT_mode set their word alone: see
// trainPreset().
OptionTable trainTable(TrainOptions& options);
OptionTable translateTable(TranslateOptions& options);
OptionTable testTable(TestOptions& options);
OptionTable evaluateTable(EvaluateOptions& options);
OptionTable similarityTable(SimilarityOptions& options);

// Rows of trainTable().
void addContrastOptions(OptionTable& table, TrainOptions& options);

// The defaults of a preset: Park et al. 2020, section 4.1, and the reference.
TrainOptions trainPreset(MethodName method, CutMode mode);
// A preset with what --nce and --content set besides: the defaults of their authors' programs.
TrainOptions withContrast(TrainOptions preset, nets::PatchLoss nce, Content content);
// EnCo's pairs of layers in a generator: behind both down-samplings and both up-samplings, and of two blocks.
std::vector<std::int64_t> encoLayers(const TrainOptions& options);

// The presets but for CUT's, for --help, which shows where their defaults differ.
struct NamedPreset {
  std::string name;
  TrainOptions options;
};
std::vector<NamedPreset> otherPresets();

// Words that several options know. All throw invalidArgument.
CutMode cutModeOf(const std::string& text);  // in upper and lower case
// A run's name: a relative path without "..".
std::string runNameOf(const std::string& option, const std::string& text);
// auto, cpu or cuda:N.
std::string deviceOf(const std::string& option, const std::string& text);
// -1 is cpu, N is cuda:N. The reference takes several.
std::string deviceOfGpuIds(const std::string& text);

// Rows that several commands have.
void addDomains(OptionTable& table, std::filesystem::path& dataroot,
                std::vector<std::filesystem::path>& dataA, std::vector<std::filesystem::path>& dataB,
                const std::string& rootHelp, const std::string& dataHelp);
void addPhase(OptionTable& table, std::string& phase);
void addDirection(OptionTable& table, Direction& direction);
void addMaxDatasetSize(OptionTable& table, std::int64_t& size);  // "inf" is all
void addRun(OptionTable& table, std::string& name, std::filesystem::path& checkpointsDir,
            const std::string& help);
void addSuffix(OptionTable& table);                                              // resolve() acts on it
void addEpoch(OptionTable& table, std::string& epoch, const std::string& help);  // latest, N or iter_N
void addDevice(OptionTable& table, std::string& device);
void addGpuIds(OptionTable& table, std::string& device);
void addThreads(OptionTable& table, int& threads);
void addExifOrientation(OptionTable& table, bool& applied);
void addPreprocess(OptionTable& table, PreprocessMode& mode, int& loadSize, int& loadHeight, int& cropSize);

}  // namespace cut::trainer
