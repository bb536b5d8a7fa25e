// Configuration files: TOML and INI.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace cut::trainer {

struct ConfigSetting {
  std::string name = {};
  std::vector<std::string> values = {};  // one, or an array's
  std::string place = {};                // "street.toml, line 3"
};

// Lines of `name = value`, `name` alone (true), [train], and comments after # (or ; at the start of a line).
// A value is "text" with TOML's escapes, 'text' without, [an, array], or a bare word up to the end of the
// line. `source` is for messages. Throws wrongFile.
std::vector<ConfigSetting> parseConfig(std::string_view text, const std::string& source);

// Throws notFound, io, wrongFile (larger than 1 MiB, or as parseConfig).
std::vector<ConfigSetting> readConfig(const std::filesystem::path& path);

// `text` in quotation marks, as parseConfig and TOML read it.
std::string quotedForConfig(std::string_view text);

}  // namespace cut::trainer
