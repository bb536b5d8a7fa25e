// SPDX-License-Identifier: MIT
#include "trainer/checkpoint/checkpoint_file.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <string>
#include <string_view>

#include "cuttranslate/error.hpp"
#include "cuttranslate/model_file.hpp"

namespace cut::trainer {
namespace {

constexpr std::string_view prefix = "progress.";
constexpr std::int64_t version = 1;

Tensor scalar(DType type, const void* value) {
  Tensor tensor{type, {}, std::vector<std::byte>(sizeof(std::int64_t))};
  std::memcpy(tensor.data.data(), value, sizeof(std::int64_t));
  return tensor;
}

// Calls `visit` with the name and value of every field, for reading and writing alike.
template <typename P, typename Visit>
void eachField(P& progress, Visit&& visit) {
  visit("seed", progress.seed);
  visit("warmup_steps", progress.warmupSteps);
  visit("steps", progress.steps);
  visit("epoch", progress.epoch);
  visit("step_of_epoch", progress.stepOfEpoch);
  visit("steps_per_epoch", progress.stepsPerEpoch);
  visit("averaged", progress.averaged);
  visit("loss_of_epoch", progress.lossOfEpoch);
  visit("rate_factor", progress.rate.factor);
  visit("rate_best", progress.rate.best);
  visit("rate_waited", progress.rate.waited);
}

std::string fieldName(const char* name) {
  return std::string(prefix).append(name);
}

template <typename T>
void write(StateDict& dict, const char* name, const T& value) {
  if constexpr (std::is_floating_point_v<T>) {
    dict.emplace_back(fieldName(name), scalar(DType::float64, &value));
  } else {
    const auto wide = static_cast<std::int64_t>(value);
    dict.emplace_back(fieldName(name), scalar(DType::int64, &wide));
  }
}

template <typename T>
void read(const StateDict& dict, const char* name, T& value) {
  const Tensor* tensor = find(dict, fieldName(name));
  constexpr DType type = std::is_floating_point_v<T> ? DType::float64 : DType::int64;
  if (!tensor || tensor->dtype != type || tensor->elements() != 1)
    throw Error(ErrorKind::wrongFile,
                "it has no " + fieldName(name) + "; expected a checkpoint of cut-trainer");
  if constexpr (std::is_floating_point_v<T>) {
    std::memcpy(&value, tensor->data.data(), sizeof value);
  } else {
    std::int64_t wide = 0;
    std::memcpy(&wide, tensor->data.data(), sizeof wide);
    value = static_cast<T>(wide);
  }
}

void check(const TrainingProgress& progress) {
  for (const std::int64_t count : {progress.warmupSteps, progress.steps, progress.stepOfEpoch,
                                   progress.stepsPerEpoch, progress.averaged, progress.epoch - 1})
    if (count < 0) throw Error(ErrorKind::wrongFile, "one of its counters is negative");
}

bool isFinite(const Tensor& tensor) {
  if (tensor.dtype != DType::float32 && tensor.dtype != DType::float64) return true;
  const std::vector<float> values = toFloats(tensor);
  return std::all_of(values.begin(), values.end(), [](float x) { return std::isfinite(x); });
}

}  // namespace

std::string lastGoodState(const std::filesystem::path& checkpoint) {
  constexpr const char* remedy = "a lower --lr or --init_gain, or another --seed";
  std::error_code ignored;
  if (std::filesystem::exists(checkpoint, ignored))
    return "The last good state is " + checkpoint.string() + ": go on from it with --continue_train, and " +
           remedy;
  return std::string("No good state had been saved: begin anew with ") + remedy +
         ", and --save_minutes for earlier saves";
}

void writeCheckpoint(const std::filesystem::path& path, const Checkpoint& checkpoint) {
  for (const auto& [name, tensor] : checkpoint.tensors)
    if (!isFinite(tensor))
      throw Error(ErrorKind::mismatch, "tensor " + name + " holds NaN or infinite values at step " +
                                           std::to_string(checkpoint.progress.steps) +
                                           ": the run has diverged and ends here. " + lastGoodState(path));
  StateDict dict;
  write(dict, "version", version);
  eachField(checkpoint.progress, [&dict](const char* name, const auto& value) { write(dict, name, value); });
  dict.insert(dict.end(), checkpoint.tensors.begin(), checkpoint.tensors.end());
  writeStateDict(path, dict);
}

Checkpoint readCheckpoint(const std::filesystem::path& path) {
  Checkpoint checkpoint;
  checkpoint.tensors = readStateDict(path);
  try {
    std::int64_t found = 0;
    read(checkpoint.tensors, "version", found);
    if (found != version)
      throw Error(ErrorKind::unsupported, "it has version " + std::to_string(found) +
                                              "; this program reads " + std::to_string(version));
    eachField(checkpoint.progress,
              [&](const char* name, auto& value) { read(checkpoint.tensors, name, value); });
    check(checkpoint.progress);
  } catch (const Error& error) {
    throw Error(error.kind(), path.string() + ": " + error.what());
  }
  std::erase_if(checkpoint.tensors, [](const auto& entry) { return entry.first.starts_with(prefix); });
  return checkpoint;
}

}  // namespace cut::trainer
