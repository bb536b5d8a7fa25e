// Options that several commands have.
#pragma once

#include <limits>
#include <string>

#include "cuttranslate/engine.hpp"
#include "trainer/options/option_table.hpp"

namespace cut::trainer {

// A run's name: a relative path without "..".
std::string runNameOf(const std::string& option, const std::string& text);
// latest, N or iter_N.
std::string epochOf(const std::string& option, const std::string& text);
// auto, cpu or cuda:N.
std::string deviceOf(const std::string& option, const std::string& text);
// -1 is cpu, N is cuda:N. The reference takes several.
std::string deviceOfGpuIds(const std::string& text);

template <typename T>
void addDomains(OptionTable<T>& table, const std::string& root, const std::string& data) {
  table.path("dataroot", &T::dataroot, root);
  table.paths("dataA", &T::dataA, data);
  table.paths("dataB", &T::dataB, "the same of domain B");
}

template <typename T>
void addDirection(OptionTable<T>& table) {
  table.choice("direction", &T::direction, {{"AtoB"}, {"BtoA"}}, "BtoA exchanges the domains");
}

template <typename T>
void addMaxDatasetSize(OptionTable<T>& table) {
  constexpr auto all = std::numeric_limits<std::int64_t>::max();
  auto& row = table.add("max_dataset_size", "N", ValueKind::integer,
                        "images and video frames of each domain at most, the first ones by name; inf is all");
  row.range = IntegerRange{1, all}.text();
  row.set = [](T& options, const std::string& text) {
    options.maxDatasetSize =
        lowered(text) == "inf" ? all : integerOf("max_dataset_size", text, IntegerRange{1, all});
  };
  row.get = [](const T& options) {
    return std::vector<std::string>{options.maxDatasetSize == all ? "inf"
                                                                  : std::to_string(options.maxDatasetSize)};
  };
}

template <typename T>
void addRun(OptionTable<T>& table, const std::string& help) {
  auto& row = table.add("name", "NAME", ValueKind::text, help);
  row.set = [](T& options, const std::string& text) { options.name = runNameOf("name", text); };
  row.get = [](const T& options) { return std::vector<std::string>{options.name}; };
  table.path("checkpoints_dir", &T::checkpointsDir, "the folder of the runs' folders");
}

// What it does is settle()'s.
template <typename T>
void addSuffix(OptionTable<T>& table) {
  auto& row = table.add("suffix", "TEXT", ValueKind::text,
                        "put behind the name, after a _. {OPTION} stands for an option's value: "
                        "{model}_{netG}_size{load_size}");
  row.set = [](T&, const std::string& text) { lineOf("suffix", text); };
}

template <typename T>
void addEpoch(OptionTable<T>& table, const std::string& help) {
  auto& row = table.add("epoch", "WHICH", ValueKind::text, help);
  row.set = [](T& options, const std::string& text) { options.epoch = epochOf("epoch", text); };
  row.get = [](const T& options) { return std::vector<std::string>{options.epoch}; };
}

template <typename T, typename Field>
void addDevice(OptionTable<T>& table, Field field) {
  auto& row = table.add("device", "DEVICE", ValueKind::text,
                        "auto, cpu or cuda:N; auto takes the first card, or the CPU where there is none");
  row.set = [=](T& options, const std::string& text) {
    std::invoke(field, options) = deviceOf("device", text);
  };
  row.get = [=](const T& options) { return std::vector<std::string>{std::invoke(field, options)}; };
}

template <typename T, typename Field>
void addGpuIds(OptionTable<T>& table, Field field) {
  auto& row = table.add("gpu_ids", "N", ValueKind::text,
                        "the reference's way to say it: -1 is --device cpu, N is --device cuda:N");
  row.set = [=](T& options, const std::string& text) { std::invoke(field, options) = deviceOfGpuIds(text); };
}

template <typename T, typename Field>
void addThreads(OptionTable<T>& table, Field field) {
  table.integer("threads", field, {0, 1024}, "of the CPU that compute; 0 is as many as the process may use");
}

template <typename T>
void addExifOrientation(OptionTable<T>& table) {
  table.boolean(
      "exif_orientation", &T::exifOrientation,
      "turn and mirror images as the orientation in their EXIF data says; the reference ignores it");
}

template <typename T>
void addPreprocess(OptionTable<T>& table) {
  table.text("preprocess", &T::preprocess, "MODE",
             "words joined by _and_: resize (to load_size x load_size), scale_width, scale_shortside (to "
             "load_size), fixsize, zoom, crop (crop_size x crop_size), patch, trim; or none");
  table.integer("load_size", &T::loadSize, {4, 16384}, "pixels that images are scaled to");
  table.integer("load_height", &T::loadHeight, {0, 16384},
                "pixels: their height where it is another, with resize and fixsize; 0 is load_size");
  table.integer("crop_size", &T::cropSize, {4, 16384}, "pixels that are then cut out");
}

// Of what runs a model (EngineOptions `engine`).
template <typename T>
void addEngine(OptionTable<T>& table) {
  table.group("Machine");
  const auto engine = [](auto& options) -> auto& {
    return options.engine.engine;
  };
  const auto device = [](auto& options) -> auto& {
    return options.engine.device;
  };
  const auto threads = [](auto& options) -> auto& {
    return options.engine.threads;
  };
  table.choice("engine", engine, {{"auto"}, {"cpu"}, {"torch"}},
               "what runs the network; auto takes the fast module cpu where it can");
  addDevice(table, device);
  addThreads(table, threads);
  auto& precision = table.add("precision", "auto|fp32|tf32|fp16|bf16|int8", ValueKind::text,
                              "of the network's arithmetic, as far as the engine has it");
  precision.set = [](T& options, const std::string& text) {
    choiceOf("precision", text, {{"auto"}, {"fp32"}, {"tf32"}, {"fp16"}, {"bf16"}, {"int8"}});
    options.engine.precision = precisionFromName(text);
  };
  precision.get = [](const T& options) {
    return std::vector<std::string>{std::string(nameOf(options.engine.precision))};
  };
}

}  // namespace cut::trainer
