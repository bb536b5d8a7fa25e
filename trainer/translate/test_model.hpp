// SPDX-License-Identifier: MIT
// `cut-trainer test`: writes the reference's results folder and an HTML page.
#pragma once

#include <cstdint>
#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "trainer/options/model_options.hpp"

namespace cut::trainer {

struct TestResult {
  std::int64_t images = 0;                // translated
  std::vector<std::string> skipped = {};  // one message for each image that could not be read or preprocessed
  std::filesystem::path page;             // index.html
};

// Writes images/{real_A,fake_B,real_B}/NAME.png and index.html below options.folder(). real_A is the
// input, also with BtoA. real_B is the image of the other domain with the same index (modulo their number),
// if there is one. NAME is the file name without suffix, with the frame number for a video; a repeated name
// gets "_2". Without `model` the weights are options.weights(), or the run's model.pt if the epoch is
// "latest" and the former are missing. Throws as findDomain and SharedModel::open do, io if a result cannot
// be written, wrongFile if no image was usable. `progress` is written to; `descriptor` tells whether it is a
// terminal.
TestResult testModel(const TestOptions& options, std::ostream& progress, int descriptor);

}  // namespace cut::trainer
