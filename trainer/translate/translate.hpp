// SPDX-License-Identifier: MIT
// `cut-trainer translate`: translates images, videos and folders of any layout.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "trainer/options/model_options.hpp"

namespace cut::trainer {

struct TranslateResult {
  std::int64_t images = 0;
  std::int64_t videos = 0;
  std::int64_t frames = 0;                // of the videos
  std::vector<std::string> skipped = {};  // one message for each input that was not read completely

  std::string text() const;  // "12 images, 1 video of 600 frames; 2 skipped"
};

// Pixels equal those of the element `cuttranslate` with the same model and engine options. Outputs are
// written to temporary files and renamed. Damaged inputs are skipped and listed in `skipped`, which the exit
// status should report. Throws as SharedModel::open and planJobs do, io if a result cannot be written,
// wrongFile if nothing was translated. `progress` is written to; `descriptor` tells whether it is a terminal.
TranslateResult translate(const TranslateOptions& options, std::ostream& progress, int descriptor);

}  // namespace cut::trainer
