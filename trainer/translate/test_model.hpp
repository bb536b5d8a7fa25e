// `cut-trainer test`: the reference's folder of results, and its page.
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
  std::vector<std::string> skipped = {};  // a sentence for each that could not be read or prepared
  std::filesystem::path page;             // index.html
};

// Writes images/{real_A,fake_B,real_B}/NAME.png and index.html below options.folder(). real_A is what is
// translated, also with BtoA; real_B, where there are images of the other domain, the one of the same number,
// starting again at their end. NAME is the file's without its suffix, and the frame's number for a video; the
// second of one name gets "_2". Without `model` the weights are options.weights(), or the run's model.pt
// where the epoch is "latest" and there are none of that name. Throws what findDomain and SharedModel::open
// throw, io where a result cannot be written, wrongFile where no image could be used. Progress goes
// to `progress`, whose descriptor says whether it is a terminal.
TestResult testModel(const TestOptions& options, std::ostream& progress, int descriptor);

}  // namespace cut::trainer
