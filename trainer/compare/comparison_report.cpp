// SPDX-License-Identifier: MIT
#include "trainer/compare/comparison_report.hpp"

#include <algorithm>
#include <chrono>
#include <iomanip>
#include <limits>
#include <map>
#include <set>
#include <span>
#include <string_view>
#include <system_error>

#include "base/atomic_file.hpp"
#include "cuttranslate/model_file.hpp"
#include "trainer/compare/measures.hpp"
#include "trainer/data/domain.hpp"
#include "trainer/options/configuration.hpp"
#include "trainer/report/losses_csv.hpp"
#include "trainer/report/numbers.hpp"
#include "trainer/translate/picture_translator.hpp"

namespace cut::trainer {
namespace {

namespace fs = std::filesystem;

// The domain that is translated, of the held-out images.
Domain heldOut(const CompareOptions& options, const std::string& name) {
  DomainQuery query;
  query.name = name;
  query.phase = "test";
  query.sources = name == "A" ? options.testA : options.testB;
  if (query.sources.empty()) query.sources = {domainFolder(options.common().dataroot, query.phase, name)};
  return findDomain(query);
}

// Parameters of a network in its file: what is neither a filter nor a running statistic.
std::int64_t parametersIn(const fs::path& path) {
  std::int64_t count = 0;
  for (const auto& [name, tensor] : readStateDict(path)) {
    const std::string_view last = std::string_view(name).substr(name.rfind('.') + 1);
    if (last != "filt" && last != "running_mean" && last != "running_var" && last != "num_batches_tracked")
      count += static_cast<std::int64_t>(tensor.elements());
  }
  return count;
}

void addParameters(const fs::path& folder, ComparisonMethod& method) {
  constexpr std::string_view prefix = "latest_net_";
  std::error_code ignored;
  for (fs::directory_iterator it(folder, ignored), end; !ignored && it != end; it.increment(ignored)) {
    const std::string name = it->path().filename().string();
    if (!name.starts_with(prefix) || name.ends_with("_ema.pth")) continue;
    const std::int64_t count = parametersIn(it->path());
    method.parameters += count;
    if (name == "latest_net_G.pth" || name == "latest_net_G_A.pth") method.generatorParameters = count;
  }
}

void addSteps(const fs::path& file, ComparisonMethod& method) {
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return;
  std::vector<double> seconds;
  readLossFile(file, std::numeric_limits<std::int64_t>::max(), [&](const StepRecord& record) {
    method.steps = record.step;
    method.images = record.images;
    seconds.push_back(record.secondsOfStep);
  });
  if (seconds.empty()) return;
  const auto middle = seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2);
  std::nth_element(seconds.begin(), middle, seconds.end());
  method.secondsPerStep = *middle;
}

void addDifferences(const CompareOptions& options, ComparisonReport& report) {
  // Each run's own, by design.
  static const std::set<std::string> own{"name", "checkpoints_dir", "max_hours", "max_steps", "dry_run"};
  std::vector<std::string> names;  // in the order of --help
  std::map<std::string, std::vector<std::string>> values;
  for (std::size_t i = 0; i < options.methods.size(); ++i)
    for (const auto& [name, value] : configuration(options.methods[i].options)) {
      if (own.contains(name)) continue;
      auto [entry, isNew] = values.try_emplace(name, options.methods.size());
      if (isNew) names.push_back(name);
      entry->second[i] = value;
    }
  for (const std::string& name : names) {
    const auto& all = values[name];
    if (std::equal(all.begin() + 1, all.end(), all.begin()))
      report.common.emplace_back(name, all.front());
    else
      report.differences.emplace_back(name, all);
  }
}

// `count` items at equal distances.
std::vector<Item> spread(const Domain& domain, int count) {
  const auto all = static_cast<std::int64_t>(domain.items.size());
  const std::int64_t used = std::min<std::int64_t>(count, all);
  std::vector<Item> items;
  for (std::int64_t i = 0; i < used; ++i)
    items.push_back(domain.items[static_cast<std::size_t>(all * i / used)]);
  return items;
}

void addPictures(const CompareOptions& options, ComparisonReport& report) {
  const bool swapped = options.common().direction == Direction::bToA;
  ItemReader reader(exifOrientation(options.common()));
  for (const Item& item : spread(heldOut(options, swapped ? "B" : "A"), options.numTest)) {
    PictureRow row{fs::path(item.name()).filename().string(), {}};
    row.pictures.emplace_back(swapped ? "B" : "A", reader.read(item));
    report.pictures.push_back(std::move(row));
  }
  std::error_code ignored;
  for (const ComparedMethod& method : options.methods) {
    const fs::path model = method.options.folder() / "model.pt";
    if (!fs::exists(model, ignored)) continue;
    PictureTranslator translator(model, engineOf(options));
    for (PictureRow& row : report.pictures)
      row.pictures.emplace_back(method.name, translator(row.pictures.front().second));
  }
}

std::string summaryOf(const CompareOptions& options) {
  std::string text = "Same data, same seed (" + std::to_string(options.common().seed) + "), same crop (" +
                     std::to_string(options.common().cropSize) + "), one after the other; each trained ";
  if (options.maxMinutes > 0) text += "for " + duration(options.maxMinutes * 60) + " of wall time";
  if (options.maxSteps > 0)
    text += (options.maxMinutes > 0 ? ", at most " : "for ") + grouped(options.maxSteps) + " steps";
  return text + ". Distances are those of cut-trainer evaluate, on held-out images.";
}

std::string cell(double value, int digits) {
  return toPrecision(value, digits);
}

}  // namespace

void checkHeldOut(const CompareOptions& options) {
  for (const char* name : {"A", "B"}) heldOut(options, name);
}

EngineOptions engineOf(const CompareOptions& options) {
  EngineOptions engine;
  engine.device = options.common().device;
  engine.threads = options.common().threads;
  return engine;
}

ComparisonReport comparisonReport(const CompareOptions& options, const std::vector<MethodRecord>& records,
                                  const std::vector<bool>& failed) {
  ComparisonReport report;
  report.title = options.name;
  report.summary = summaryOf(options);
  report.axisIsTime = options.maxMinutes > 0;
  report.written = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  for (const MethodRecord& record : records)
    if (report.measures.empty() && !record.points.empty())
      report.measures = measuresOf(record.points.front().evaluation);
  for (std::size_t i = 0; i < options.methods.size(); ++i) {
    const ComparedMethod& compared = options.methods[i];
    const MethodRecord& record = records[i];
    ComparisonMethod method;
    method.name = compared.name;
    method.state = failed[i]            ? "failed"
                   : record.finished    ? "finished"
                   : record.seconds > 0 ? "training"
                                        : "waiting";
    method.network =
        std::string(nameOf(compared.options.netG)) + ", ngf " + std::to_string(compared.options.ngf);
    method.peakBytes = record.peakBytes;
    addSteps(compared.options.folder() / "losses.csv", method);
    addParameters(compared.options.folder(), method);
    for (const MeasuredPoint& point : record.points)
      method.points.emplace_back(point.at, valuesOf(point.evaluation, report.measures));
    report.methods.push_back(std::move(method));
  }
  addPictures(options, report);
  addDifferences(options, report);
  return report;
}

void writeComparisonPage(const CompareOptions& options, const ComparisonReport& report) {
  const std::string text = comparisonPageText(report);
  writeFileAtomically(options.folder() / "index.html", std::as_bytes(std::span(text)));
}

void printComparison(const ComparisonReport& report, std::ostream& out) {
  constexpr int nameWidth = 20;
  constexpr int numberWidth = 20;
  constexpr double mib = 1024.0 * 1024.0;
  const auto row = [&](const std::string& name, const std::vector<std::string>& cells) {
    out << std::left << std::setw(nameWidth) << name << std::right;
    for (const std::string& text : cells) out << std::setw(numberWidth) << text;
    out << '\n';
  };
  std::vector<std::string> names;
  for (const ComparisonMethod& method : report.methods) names.push_back(method.name);
  const auto line = [&](const std::string& name, const auto& textOf) {
    std::vector<std::string> cells;
    for (const ComparisonMethod& method : report.methods) cells.push_back(textOf(method));
    row(name, cells);
  };
  out << '\n';
  row("", names);
  line("steps", [](const ComparisonMethod& method) { return grouped(method.steps); });
  line("images of A seen", [](const ComparisonMethod& method) { return grouped(method.images); });
  line("seconds a step", [](const ComparisonMethod& method) { return cell(method.secondsPerStep, 3); });
  line("peak memory, MiB", [](const ComparisonMethod& method) {
    return grouped(static_cast<std::int64_t>(static_cast<double>(method.peakBytes) / mib));
  });
  line("parameters", [](const ComparisonMethod& method) { return grouped(method.parameters); });
  line("of the generator",
       [](const ComparisonMethod& method) { return grouped(method.generatorParameters); });
  for (std::size_t i = 0; i < report.measures.size(); ++i)
    line(report.measures[i].name, [i](const ComparisonMethod& method) {
      return method.points.empty() ? std::string("-") : cell(method.points.back().second[i], 4);
    });
  out << '\n';
}

}  // namespace cut::trainer
