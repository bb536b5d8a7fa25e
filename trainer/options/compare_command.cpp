// SPDX-License-Identifier: MIT
#include "trainer/options/compare_command.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/text.hpp"
#include "cuttranslate/error.hpp"

namespace cut::trainer {
namespace {

constexpr std::string_view fileSuffix = ".toml";

// The same for all methods, so that they are compared on equal terms.
constexpr std::array equalTerms{"name",           "checkpoints_dir",
                                "dataroot",       "dataA",
                                "dataB",          "phase",
                                "direction",      "seed",
                                "preprocess",     "load_size",
                                "load_height",    "crop_size",
                                "no_flip",        "max_dataset_size",
                                "max_hours",      "max_steps",
                                "device",         "gpu_ids",
                                "threads",        "num_threads",
                                "dry_run",        "dataset_mode",
                                "serial_batches", "exif_orientation"};

// What a comparison decides by itself, and why.
constexpr std::array<std::pair<const char*, const char*>, 8> decided{{
    {"model", "is what --methods lists; leave it out"},
    {"CUT_mode", "is what --methods lists: cut or fastcut; leave it out"},
    {"config", "belongs into --methods, which lists such files; leave it out"},
    {"suffix", "has no place here: each run has its method's name; leave it out"},
    {"continue_train", "is not needed: a comparison that is started again goes on; leave it out"},
    {"pretrained_name", "would not be equal terms; leave it out"},
    {"epoch", "has no place here: all methods begin at the beginning; leave it out"},
    {"max_hours", "is --max_minutes here"},
}};

struct Entry {
  std::string name;
  RawOptions own = {};  // what this method alone has
};

std::vector<std::string> splitAtCommas(const std::string& text) {
  std::vector<std::string> parts(1);
  for (const char c : text)
    if (c == ',')
      parts.emplace_back();
    else
      parts.back() += c;
  return parts;
}

RawOptions rawOf(std::initializer_list<std::pair<const char*, std::string_view>> options) {
  RawOptions raw;
  for (const auto& [name, value] : options) raw[name] = {{std::string(value)}};
  return raw;
}

Entry fileEntry(const std::string& word) {
  std::error_code ignored;
  if (!std::filesystem::exists(word, ignored)) refuse("methods", "there is no file " + printable(word));
  Entry entry{.name = std::filesystem::path(word).stem().string()};
  addFromConfig(word, entry.own);
  for (const char* name : equalTerms)
    if (const auto found = entry.own.find(name); found != entry.own.end())
      throw Error(ErrorKind::invalidArgument,
                  found->second.place + ": " + name +
                      " is the same for all methods of a comparison; give it on the "
                      "command line");
  for (const auto& [name, reason] : decided)
    if (const auto found = entry.own.find(name);
        found != entry.own.end() && std::string_view(name) != "model" && std::string_view(name) != "CUT_mode")
      throw Error(ErrorKind::invalidArgument, found->second.place + ": " + name + " " + reason);
  return entry;
}

Entry entryOf(const std::string& word) {
  if (word.ends_with(fileSuffix) && word.size() > fileSuffix.size()) return fileEntry(word);
  if (word == "fastcut")
    return {word, rawOf({{"model", nameOf(MethodName::cut)}, {"CUT_mode", nameOf(CutMode::fastCut)}})};
  std::vector<std::string> known;
  for (const MethodName method : allMethods) {
    if (method == MethodName::sinCut) continue;  // its domains are one image each
    if (word == nameOf(method)) return {word, rawOf({{"model", word}})};
    known.emplace_back(nameOf(method));
  }
  known.insert(known.begin() + 1, "fastcut");
  const std::string meant = nearest(word, known);
  known.emplace_back("files FILE.toml");
  refuse("methods", "expected " + listed(known, "and") + " with commas between them, got '" +
                        printable(word) + "'" + (meant.empty() ? "" : "; did you mean " + meant + "?"));
}

std::vector<Entry> entriesOf(const std::string& list) {
  if (list.empty()) refuse("methods", "nothing says what is compared; give --methods cut,fastcut,cycle_gan");
  std::vector<Entry> entries;
  std::set<std::string> names;
  for (const std::string& word : splitAtCommas(list)) {
    entries.push_back(entryOf(word));
    if (!names.insert(entries.back().name).second)
      refuse("methods",
             "'" + printable(entries.back().name) + "' is there twice; name each method and file once");
  }
  if (entries.size() < 2) refuse("methods", "expected two methods or more, as cut,fastcut,cycle_gan", list);
  return entries;
}

std::vector<std::string> argumentsOf(const RawOptions& raw) {
  std::vector<std::string> arguments;
  for (const auto& [name, option] : raw)
    for (const std::string& value : option.values) {
      if (value.empty())
        arguments.insert(arguments.end(), {"--" + name, value});
      else
        arguments.push_back(std::string("--").append(name).append("=").append(value));
    }
  return arguments;
}

TrainOptions trainOptions(const RawOptions& raw, Notices& notices) {
  TrainOptions options = presetOf(raw);
  const OptionTable table = trainTable(options);
  refuseTwoDevices(raw);
  setFields(table, raw);
  refuseOfOtherMethods(table, raw, options.model);
  resolve(options, raw, notices);
  options.validate();
  return options;
}

// A method gets what it knows of what all are given; `taken` collects the names.
ComparedMethod methodOf(Entry entry, const RawOptions& given, std::set<std::string>& taken,
                        Notices& notices) {
  TrainOptions scratch;
  const OptionTable table = trainTable(scratch);
  const MethodName model = presetOf(entry.own).model;
  if (model == MethodName::sinCut)
    refuse("methods", "'" + printable(entry.name) +
                          "' is sincut, whose domains are one image each; expected methods of unpaired sets");
  RawOptions raw = std::move(entry.own);
  for (const auto& [name, option] : given) {
    if (!isKnownTo(model, *table.find(name))) continue;
    taken.insert(name);
    raw.emplace(name, option);
  }
  Notices own;
  ComparedMethod method{.name = entry.name, .options = trainOptions(raw, own), .arguments = argumentsOf(raw)};
  for (const std::string& sentence : own) notices.push_back(entry.name + ": " + sentence);
  return method;
}

}  // namespace

OptionTable compareTable(CompareOptions& options) {
  OptionTable table;
  table.group("What");
  table.text(
      "methods", options.methodList, "LIST",
      "what is compared, with commas: cut, fastcut, cycle_gan, and TOML files with options of train for "
      "further ones, named as their files");
  table.real("max_minutes", options.maxMinutes, {0, 1e7}, "minutes of training for each; 0 is without limit");
  table.integer("max_steps", options.maxSteps, {0, 1'000'000'000}, "steps of each; 0 is without limit");
  table.integer("evaluations", options.evaluations, {1, 1000},
                "how often each is measured while it trains, at equal distances; the last time at the end");
  table.group("Where");
  table.path("checkpoints_dir", options.checkpointsDir, "the folder of all runs");
  table.text("name", options.name, "NAME",
             "the page is CHECKPOINTS_DIR/NAME/index.html, and CHECKPOINTS_DIR/NAME/METHOD is a method's run",
             runNameOf);
  table.group("Held-out images");
  table.paths(
      "testA", options.testA,
      "of domain A, in place of testA of --dataroot: a folder, an image or a video. May be given several "
      "times");
  table.paths("testB", options.testB, "of domain B, in the same way");
  table.integer("max_images", options.maxImages, {0, 1'000'000'000},
                "of each domain at most, for the distances; 0 is all");
  table.integer("num_test", options.numTest, {1, 64}, "pictures of A that the page shows");
  table
      .path("features", options.features,
            "a TorchScript network from images to features: FID and KID over them as well")
      .shown = "FILE";
  table.group("Plan");
  table.boolean("dry_run", options.dryRun,
                "print each method's configuration, networks, and time and memory of a step; write nothing");
  return table;
}

OptionTable compareWords(CompareOptions& compare, TrainOptions& train) {
  OptionTable words = compareTable(compare);
  const OptionTable ofTrain = trainTable(train);
  for (const Option& row : ofTrain.rows())
    if (words.find(row.name) == nullptr) words.append(row);
  return words;
}

void CompareOptions::validate() const {
  if (maxMinutes == 0 && maxSteps == 0)
    refuse("max_minutes", "nothing says when a run ends; give --max_minutes M, or --max_steps N");
  if (maxSteps > 0 && evaluations > maxSteps)
    refuse("evaluations", "at most --max_steps (" + std::to_string(maxSteps) + ")",
           std::to_string(evaluations));
  if (testA.empty() != testB.empty())
    refuse("testA", "--testA and --testB belong together; give the other one too");
  if (testA.empty() && common().dataroot.empty())
    refuse("testA",
           "nothing says which images are held out; give --testA PATH and --testB PATH, or --dataroot D "
           "with testA and testB in it");
}

CompareOptions compareOptions(const RawOptions& raw, Notices& notices) {
  CompareOptions options;
  const OptionTable own = compareTable(options);
  for (const auto& [name, reason] : decided)
    if (raw.contains(name)) refuse(name, reason);
  setFields(own, raw);
  RawOptions given = raw;
  std::erase_if(given, [&own](const auto& option) { return own.find(option.first) != nullptr; });
  std::set<std::string> taken;
  for (Entry& entry : entriesOf(options.methodList)) {
    options.methods.push_back(methodOf(std::move(entry), given, taken, notices));
    options.methods.back().options.checkpointsDir = options.checkpointsDir;
    options.methods.back().options.name = options.name + "/" + options.methods.back().name;
  }
  for (const auto& [name, option] : given)
    if (!taken.contains(name))
      refuse(name, "none of the methods " + options.methodList + " knows it; leave it out");
  options.validate();
  return options;
}

}  // namespace cut::trainer
