// SPDX-License-Identifier: MIT
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>

#include "base/tensor_checks.hpp"
#include "base/text.hpp"
#include "cuttranslate/model_file.hpp"
#include "tool/commands.hpp"

namespace cut::tool {
namespace {

struct Totals {
  std::int64_t parameters = 0;  // trainable: without constant filters and running statistics
  std::size_t bytes = 0;        // of all tensors
  std::set<std::string> types;  // of the parameters
};

Totals count(const StateDict& weights) {
  Totals totals;
  for (const auto& [name, tensor] : weights) {
    totals.bytes += tensor.data.size();
    if (!name.ends_with(".weight") && !name.ends_with(".bias")) continue;
    totals.parameters += tensor.elements();
    totals.types.insert(std::string(nameOf(tensor.dtype)));
  }
  return totals;
}

std::string joined(const std::set<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : ", ") + word;
  return line;
}

std::string fixed(double value, int digits) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

std::string grouped(std::int64_t value) {
  std::string text = std::to_string(value);
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, ",");
  return text;
}

std::string orUnknown(const std::string& text) {
  constexpr std::size_t limit = 2000;
  return text.empty() ? "unknown" : printable(text, limit);
}

std::string sizeText(Size size) {
  return std::to_string(size.width) + "x" + std::to_string(size.height);
}

std::string kindText(const ModelFile& model) {
  std::string text(nameOf(model.kind));
  if (model.kind == FileKind::cuttranslate) text += ", format version " + std::to_string(model.formatVersion);
  if (!model.key.empty()) text += ", found in a checkpoint under '" + printable(model.key) + "'";
  return text;
}

std::string parametersText(const ModelFile& model) {
  if (model.kind == FileKind::torchScript) return "unknown: the program has its own";
  const Totals totals = count(model.weights);
  return grouped(totals.parameters) + " of " + joined(totals.types) + "; all tensors " +
         fixed(static_cast<double>(totals.bytes) / (1 << 20), 1) + " MiB";
}

std::string computeText(const ModelFile& model, Size size) {
  if (model.kind == FileKind::torchScript) return "unknown: the file does not say it";
  const double gmac = static_cast<double>(macs(model.spec, size.width, size.height)) / 1e9;
  return fixed(gmac, 2) + " GMAC per frame at " + sizeText(size);
}

std::string rangesText(const ModelFile& model) {
  if (expectedRanges(model.spec).empty()) return "none: int8 does not support this network";
  if (model.int8Ranges.empty()) return "none: cut-model quantize adds them";
  return "of " + std::to_string(model.int8Ranges.size() / rangesOfLayer) + " of " +
         std::to_string(expectedRanges(model.spec).size() / rangesOfLayer) + " layers";
}

void printText(const InspectRequest& request, const ModelFile& model, std::ostream& out) {
  const auto line = [&](const char* label, const std::string& value) {
    out << label << std::string(13 - std::string_view(label).size(), ' ') << value << '\n';
  };
  line("file", request.file.string());
  line("kind", kindText(model));
  line("network", model.spec.text());
  line("parameters", parametersText(model));
  line("compute", computeText(model, request.size));
  line("licence", orUnknown(model.licence));
  line("attribution", orUnknown(model.attribution));
  line("origin", orUnknown(model.origin));
  line("sample", model.sample ? sizeText(model.sample->size()) : "none");
  line("int8 ranges", rangesText(model));
  for (const std::string& info : model.infos) line("info", info);
  if (const std::string* name = firstNonFinite(model.weights))
    line("warning", "'" + printable(*name) + "' holds NaN or infinite numbers: engines refuse them");
}

nlohmann::ordered_json specJson(const GeneratorSpec& spec) {
  return {{"name", spec.name()},
          {"architecture", spec.architecture},
          {"blocks", spec.blocks},
          {"input_channels", spec.inputChannels},
          {"output_channels", spec.outputChannels},
          {"ngf", spec.ngf},
          {"norm", nameOf(spec.norm)},
          {"no_antialias", spec.noAntialias},
          {"no_antialias_up", spec.noAntialiasUp},
          {"dropout", spec.dropout},
          {"downs", spec.downs},
          {"resolution", spec.resolution}};
}

// The same keys with null for every value but the architecture.
nlohmann::ordered_json unknownSpecJson(const GeneratorSpec& spec) {
  nlohmann::ordered_json json = specJson(spec);
  for (auto& [key, value] : json.items())
    if (key != "architecture") value = nullptr;
  return json;
}

void printJson(const InspectRequest& request, const ModelFile& model, std::ostream& out) {
  nlohmann::ordered_json json;
  json["file"] = request.file.string();
  json["kind"] = nameOf(model.kind);
  json["format_version"] = nullptr;
  if (model.kind == FileKind::cuttranslate) json["format_version"] = model.formatVersion;
  json["key"] = model.key;
  const bool isKnown = model.kind != FileKind::torchScript;  // the file does not say what a program computes
  json["network"] = isKnown ? specJson(model.spec) : unknownSpecJson(model.spec);
  json["parameters"] = nullptr;
  json["dtypes"] = nullptr;
  json["bytes"] = nullptr;
  json["frame"] = {{"width", request.size.width}, {"height", request.size.height}, {"macs", nullptr}};
  if (isKnown) {
    const Totals totals = count(model.weights);
    json["parameters"] = totals.parameters;
    json["dtypes"] = totals.types;
    json["bytes"] = totals.bytes;
    json["frame"]["macs"] = macs(model.spec, request.size.width, request.size.height);
  }
  json["licence"] = model.licence;
  json["attribution"] = model.attribution;
  json["origin"] = model.origin;
  json["sample"] = nullptr;
  if (model.sample) {
    const Size size = model.sample->size();
    json["sample"] = {{"width", size.width}, {"height", size.height}};
  }
  json["int8_ranges"] = !model.int8Ranges.empty();
  json["infos"] = model.infos;
  json["finite"] = nullptr;
  if (isKnown) json["finite"] = firstNonFinite(model.weights) == nullptr;
  // Text from the file may not be UTF-8.
  out << json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

}  // namespace

void inspect(const InspectRequest& request, std::ostream& out) {
  const ModelFile model = readModelFile(request.file, request.code);
  if (request.format == Format::json)
    printJson(request, model, out);
  else
    printText(request, model, out);
}

}  // namespace cut::tool
