// The names under which programs keep a generator.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace cut {

// Of several, the first one here is taken: averaged weights before those they average, generators before
// whole models.
inline constexpr std::array<std::string_view, 16> knownKeys{
    "netG_ema", "G_ema", "g_ema", "params_ema", "netG", "G",     "generator",        "netG_A",
    "G_A",      "gen",   "net_g", "params",     "net",  "model", "model_state_dict", "state_dict"};

// knownKeys.size() for a name that is not known.
constexpr std::size_t rankOfKey(std::string_view key) {
  return static_cast<std::size_t>(std::find(knownKeys.begin(), knownKeys.end(), key) - knownKeys.begin());
}

// "netG" of "state_dict.netG".
constexpr std::string_view lastPart(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  return dot == std::string_view::npos ? path : path.substr(dot + 1);
}

}  // namespace cut
