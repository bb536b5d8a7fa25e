// `cut-trainer translate`: images, folders and videos through a model, without a data set's layout.
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
  std::vector<std::string> skipped = {};  // a sentence for each input that could not be read to its end

  std::string text() const;  // "12 images, 1 video of 600 frames; 2 skipped"
};

// Pixels are those that the element `cuttranslate` gives with the same model and engine options. A file is
// written under a temporary name and renamed. An input that is damaged is named and skipped: the caller's
// exit status should tell where `skipped` is not empty. Throws what SharedModel::open and planTranslation
// throw, and io where a result cannot be written, or no input could be translated. Progress goes to
// `progress`, whose descriptor says whether it is a terminal.
TranslateResult translate(const TranslateOptions& options, std::ostream& progress, int descriptor);

}  // namespace cut::trainer
