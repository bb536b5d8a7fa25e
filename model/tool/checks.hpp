// Small questions about files that more than one subcommand asks.
#pragma once

#include <filesystem>
#include <string>

namespace cut::tool {

// ".pt" of "street.PT".
inline std::string lowerSuffix(const std::filesystem::path& path) {
  std::string suffix = path.extension().string();
  for (char& c : suffix)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return suffix;
}

}  // namespace cut::tool
