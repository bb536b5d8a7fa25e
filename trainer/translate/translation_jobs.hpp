// What becomes what: the files of `cut-trainer translate`, before the first is touched.
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

namespace cut::trainer {

struct Job {
  enum class Kind { image, video };

  Kind kind = Kind::image;
  std::filesystem::path from;
  std::filesystem::path to;
};

struct PlanQuery {
  std::filesystem::path input;   // an image, a video or a folder
  std::filesystem::path output;  // a file of the same kind, or a folder (there already, or named with a /)
  bool overwrite = false;
};

// A folder is searched with its subfolders, sorted; names stay what they are below it, images get .png,
// videos keep their container where it can be written and get .mp4 where not. Where two files would get one
// name, both keep their suffix before the new one. Throws notFound, wrongFile (nothing to translate),
// invalidArgument (names that do not fit, an output that is an input, or that is there already without
// `overwrite`).
std::vector<Job> planTranslation(const PlanQuery& query);

}  // namespace cut::trainer
