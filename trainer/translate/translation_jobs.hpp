// SPDX-License-Identifier: MIT
// The inputs and outputs of `cut-trainer translate`, determined before the first file is written.
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

namespace cut::trainer {

struct Job {
  enum class Kind { image, video };

  Kind kind = Kind::image;
  std::filesystem::path input;
  std::filesystem::path output;
};

struct JobQuery {
  std::filesystem::path input;   // an image, a video or a folder
  std::filesystem::path output;  // a file of the same kind, or a folder (existing, or with a trailing /)
  bool overwrite = false;
};

// A folder is searched recursively, in sorted order. Relative paths are kept; images become .png, videos keep
// a container that can be written and become .mp4 otherwise. If two outputs would have the same name, both
// keep their suffix before the new one. Throws notFound, wrongFile (nothing to translate), invalidArgument
// (unsupported suffix, an output that is an input, or that exists without `overwrite`).
std::vector<Job> planJobs(const JobQuery& query);

}  // namespace cut::trainer
