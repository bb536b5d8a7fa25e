// SPDX-License-Identifier: MIT
// The options of a run in words, and as configuration files: TOML, an option on each line.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "trainer/options/train_options.hpp"

namespace cut::trainer {

// Option and value of all that has one and that the method knows, in the order of --help; several values have
// ", " between them.
std::vector<std::pair<std::string, std::string>> configuration(const TrainOptions& options);

// The same as a file that `cut-trainer train --config` reads back to the same options, but for `command` and
// `dryRun`, which say how a run was started and not what it is.
std::string configText(const TrainOptions& options);

struct ConfigSetting {
  std::string name = {};
  std::vector<std::string> values = {};  // one, or an array's
  std::string place = {};                // "street.toml, line 3"
};

// The settings of a TOML document at its top or in the table [train], in the order of their lines. `source`
// is for messages. Throws wrongFile: the line, what was expected, what came.
std::vector<ConfigSetting> parseConfig(std::string_view text, const std::string& source);

// Throws notFound, io, wrongFile (larger than 1 MiB, or as parseConfig).
std::vector<ConfigSetting> readConfig(const std::filesystem::path& path);

}  // namespace cut::trainer
