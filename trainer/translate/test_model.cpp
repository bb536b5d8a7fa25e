// SPDX-License-Identifier: MIT
#include "trainer/translate/test_model.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <optional>
#include <set>
#include <span>

#include "base/atomic_file.hpp"
#include "cuttranslate/error.hpp"
#include "trainer/data/domain.hpp"
#include "trainer/data/preprocess.hpp"
#include "trainer/translate/image_writer.hpp"
#include "trainer/translate/picture_translator.hpp"
#include "trainer/translate/progress_line.hpp"
#include "trainer/translate/result_page.hpp"

namespace cut::trainer {
namespace {

namespace fs = std::filesystem;

fs::path weightsOf(const TestOptions& options) {
  fs::path named = options.weights();
  std::error_code ignored;
  if (!options.model.empty() || fs::exists(named, ignored)) return named;
  const fs::path folder = options.checkpointsDir / options.name;
  fs::path ofCycleGan = folder / (options.epoch + "_net_G_A.pth");
  if (fs::exists(ofCycleGan, ignored)) return ofCycleGan;
  fs::path whole = folder / "model.pt";
  if (options.epoch == "latest" && fs::exists(whole, ignored)) return whole;
  throw Error(ErrorKind::notFound, "expected the weights of --name " + options.name + " in " +
                                       named.string() +
                                       (options.epoch == "latest" ? " or " + whole.string() : std::string()) +
                                       "; --model names others");
}

// The images of a domain; nothing if it is not needed and missing.
std::optional<Domain> domainOf(const TestOptions& options, const std::string& name, bool needed) {
  DomainQuery query{.name = name,
                    .sources = name == "A" ? options.dataA : options.dataB,
                    .phase = options.phase,
                    .maxItems = options.maxDatasetSize};
  if (query.sources.empty() && !options.dataroot.empty()) {
    try {
      query.sources.push_back(domainFolder(options.dataroot, options.phase, name));
    } catch (const Error& error) {
      if (needed || error.kind() != ErrorKind::notFound) throw;
    }
  }
  if (query.sources.empty() && !needed) return {};
  return findDomain(query);
}

std::string baseName(const Item& item) {
  std::string name = item.path.stem().string();
  if (item.frame == Item::noFrame) return name;
  std::array<char, 32> frame{};
  std::snprintf(frame.data(), frame.size(), "_frame_%06lld", static_cast<long long>(item.frame));
  return name + frame.data();
}

class Test {
 public:
  Test(const TestOptions& options, ProgressLine& progress)
      : options_(options),
        progress_(progress),
        preprocess_(preprocessOptions(options)),
        weights_(weightsOf(options)),
        translator_(weights_, options.engine),
        reader_(exifOrientation(options)) {}

  TestResult run() {
    const bool swapped = options_.direction == Direction::bToA;
    const Domain from = *domainOf(options_, swapped ? "B" : "A", true);
    const std::optional<Domain> other = domainOf(options_, swapped ? "A" : "B", false);
    for (const std::string& reason : from.unreadable) skip(reason);
    const auto count = std::min<std::int64_t>(options_.numTest, static_cast<std::int64_t>(from.items.size()));
    for (std::int64_t i = 0; i < count; ++i) {
      progress_.show(std::to_string(i + 1) + " of " + std::to_string(count) + ": " +
                     from.items[static_cast<std::size_t>(i)].name());
      row(from.items[static_cast<std::size_t>(i)], i, other);
    }
    if (result_.images == 0)
      throw Error(ErrorKind::wrongFile,
                  "nothing was translated: " +
                      (result_.skipped.empty() ? "--num_test is 0" : result_.skipped.back()));
    writePage();
    return std::move(result_);
  }

 private:
  void skip(const std::string& reason) {
    progress_.notice("skipped: " + reason);
    result_.skipped.push_back(reason);
  }

  // Nothing, after reporting it, if the image is unusable.
  std::optional<Picture> prepared(const Item& item, std::int64_t index, Purpose purpose) {
    try {
      Random random(options_.seed, 1, index, purpose);
      return preprocess_(reader_.read(item), Phase::constant, random);
    } catch (const Error& error) {
      const std::string reason = error.what();
      skip(reason.find(item.path.string()) == std::string::npos ? item.name() + ": " + reason : reason);
    }
    return {};
  }

  std::string uniqueName(const Item& item) {
    const std::string base = baseName(item);
    std::string name = base;
    while (!names_.insert(name).second) name = base + "_" + std::to_string(++repeats_[base] + 1);
    return name;
  }

  void write(ResultRow& row, const std::string& label, const Picture& picture) {
    const fs::path folder = options_.folder() / "images" / label;
    createFolder(folder);
    writeImage(folder / (row.name + ".png"), picture);
    row.labels.push_back(label);
  }

  void row(const Item& item, std::int64_t index, const std::optional<Domain>& other) {
    const std::optional<Picture> input = prepared(item, index, Purpose::imageA);
    if (!input) return;
    ResultRow row{.name = uniqueName(item), .source = item.name(), .labels = {}};
    write(row, "real_A", *input);
    write(row, "fake_B", translator_(*input));
    if (other) {
      const auto partner = static_cast<std::size_t>(index) % other->items.size();
      if (const auto picture = prepared(other->items[partner], index, Purpose::imageB))
        write(row, "real_B", *picture);
    }
    rows_.push_back(std::move(row));
    ++result_.images;
  }

  void writePage() {
    result_.page = options_.folder() / "index.html";
    const std::string page =
        html({.title = options_.name + ", " + options_.phase + ", " + options_.epoch,
              .subtitle = std::to_string(result_.images) + " images through " + weights_.string() + " (" +
                          translator_.model().info().spec.text() + ")",
              .width = options_.displayWinsize,
              .rows = rows_});
    writeFileAtomically(result_.page, std::as_bytes(std::span(page)));
  }

  const TestOptions& options_;
  ProgressLine& progress_;
  Preprocess preprocess_;
  fs::path weights_;
  PictureTranslator translator_;
  ItemReader reader_;
  std::set<std::string> names_;
  std::map<std::string, int> repeats_;
  std::vector<ResultRow> rows_;
  TestResult result_;
};

}  // namespace

TestResult testModel(const TestOptions& options, std::ostream& progress, int descriptor) {
  ProgressLine line(progress, descriptor);
  TestResult result = Test(options, line).run();
  line.notice("wrote " + result.page.string());
  return result;
}

}  // namespace cut::trainer
