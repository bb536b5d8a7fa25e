// What a run was told, in words.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "trainer/data/image_file.hpp"
#include "trainer/data/preprocess.hpp"
#include "trainer/options/test_options.hpp"
#include "trainer/options/train_options.hpp"

namespace cut::trainer {

// Option and value of all that has one, in the order of --help; several values have ", " between them.
std::vector<std::pair<std::string, std::string>> configuration(const TrainOptions& options);

// A file that `cut-trainer train --config` reads back to the same options, but for `command` and `dryRun`,
// which say how a run was started and not what it is.
std::string configText(const TrainOptions& options);

// Of what --exif_orientation says of any command's images.
template <typename Options>
ExifOrientation exifOrientation(const Options& options) {
  return options.exifOrientation ? ExifOrientation::applied : ExifOrientation::ignored;
}

PreprocessOptions preprocessOptions(const TrainOptions& options);
PreprocessOptions preprocessOptions(const TestOptions& options);  // mirrors nothing

}  // namespace cut::trainer
