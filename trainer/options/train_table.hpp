// The options of `cut-trainer train`.
#pragma once

#include "trainer/options/option_table.hpp"
#include "trainer/options/train_options.hpp"

namespace cut::trainer {

using TrainTable = OptionTable<TrainOptions>;

// In the order of --help and of a configuration file. --CUT_mode sets its word alone: see trainPreset.
TrainTable trainTable();

// The defaults of CUT, or of FastCUT.
TrainOptions trainPreset(const std::string& cutMode);

// Parts of trainTable().
void addMethodOptions(TrainTable& table);
void addNetworkOptions(TrainTable& table);
void addImageOptions(TrainTable& table);
void addScheduleOptions(TrainTable& table);
void addReferenceOnlyOptions(TrainTable& table);

}  // namespace cut::trainer
