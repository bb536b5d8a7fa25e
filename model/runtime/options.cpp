#include <algorithm>
#include <array>

#include "cuttranslate/engine.hpp"
#include "cuttranslate/error.hpp"

namespace cut {
namespace {

struct PrecisionName {
  Precision precision;
  std::string_view name;
};

constexpr std::array<PrecisionName, 6> precisionNames{{{Precision::automatic, "auto"},
                                                       {Precision::fp32, "fp32"},
                                                       {Precision::tf32, "tf32"},
                                                       {Precision::fp16, "fp16"},
                                                       {Precision::bf16, "bf16"},
                                                       {Precision::int8, "int8"}}};

bool isModuleName(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

bool isDevice(std::string_view device) {
  if (device == "auto" || device == "cpu" || device == "cuda") return true;
  constexpr std::string_view prefix = "cuda:";
  if (!device.starts_with(prefix)) return false;
  const std::string_view number = device.substr(prefix.size());
  return !number.empty() && number.size() <= 3 &&
         std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string_view nameOf(Precision precision) noexcept {
  for (const auto& entry : precisionNames)
    if (entry.precision == precision) return entry.name;
  return "unknown";
}

Precision precisionFromName(std::string_view name) {
  for (const auto& entry : precisionNames)
    if (entry.name == name) return entry.precision;
  throw Error(ErrorKind::invalidArgument, "precision \"" + std::string(name) +
                                              "\" is unknown; expected auto, fp32, tf32, fp16, bf16 or int8");
}

void EngineOptions::validate() const {
  if (!isModuleName(engine))
    throw Error(ErrorKind::invalidArgument,
                "engine \"" + engine + "\" is unknown; expected auto, cpu or torch");
  if (!isDevice(device))
    throw Error(ErrorKind::invalidArgument,
                "device \"" + device + "\" is unknown; expected auto, cpu, cuda or cuda:N (N from 0)");
  if (threads < 0 || threads > 1024)
    throw Error(ErrorKind::invalidArgument, "threads is " + std::to_string(threads) +
                                                "; expected 0 (as many as the process may use) to 1024");
}

}  // namespace cut
