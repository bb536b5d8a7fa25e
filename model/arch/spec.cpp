// SPDX-License-Identifier: MIT
#include "cuttranslate/spec.hpp"

#include <charconv>
#include <optional>

#include "base/text.hpp"
#include "cuttranslate/error.hpp"

namespace cut {
namespace {

void checkRange(const char* field, int value, int low, int high) {
  if (value < low || value > high)
    throw Error(ErrorKind::invalidArgument, std::string(field) + " is " + std::to_string(value) +
                                                "; expected " + std::to_string(low) + " to " +
                                                std::to_string(high));
}

void checkAbsent(const GeneratorSpec& spec, const char* field, bool isSet) {
  if (isSet)
    throw Error(ErrorKind::invalidArgument, std::string(field) + " is set, which the architecture " +
                                                spec.architecture + " does not have");
}

void checkUnet(const GeneratorSpec& spec) {
  checkRange("blocks", spec.blocks, 0, 0);
  checkRange("downs", spec.downs, 5, 10);
  checkAbsent(spec, "noAntialias", spec.noAntialias);
  checkAbsent(spec, "noAntialiasUp", spec.noAntialiasUp);
}

void checkStyleGan(const GeneratorSpec& spec) {
  const int blocks = spec.architecture == "stylegan2" ? 6 : 2;
  checkRange("blocks", spec.blocks, blocks, blocks);
  checkRange("inputChannels", spec.inputChannels, 3, 3);  // the reference's are fixed
  checkRange("outputChannels", spec.outputChannels, 3, 3);
  checkRange("downs", spec.downs, 1, 8);
  checkRange("resolution", spec.resolution, 4 << spec.downs, 1024);
  checkAbsent(spec, "a norm", spec.norm != Norm::none);
  checkAbsent(spec, "noAntialias", spec.noAntialias);
  checkAbsent(spec, "noAntialiasUp", spec.noAntialiasUp);
  checkAbsent(spec, "dropout", spec.dropout);
  if ((spec.resolution & (spec.resolution - 1)) != 0)
    throw Error(ErrorKind::invalidArgument,
                "resolution is " + std::to_string(spec.resolution) + "; expected a power of two");
}

bool isStyleGan(const GeneratorSpec& spec) {
  return spec.architecture == "stylegan2" || spec.architecture == "smallstylegan2";
}

// The number N of a name that is <before>N<after>.
std::optional<int> numberIn(std::string_view name, std::string_view before, std::string_view after) {
  if (!name.starts_with(before) || !name.ends_with(after) || name.size() < before.size() + after.size())
    return std::nullopt;
  const char* end = name.data() + name.size() - after.size();
  int number = 0;
  const auto result = std::from_chars(name.data() + before.size(), end, number);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return number;
}

GeneratorSpec styleGanFromName(std::string_view name) {
  GeneratorSpec spec;
  spec.architecture = name;
  spec.blocks = name == "stylegan2" ? 6 : 2;
  spec.norm = Norm::none;
  spec.downs = 1;
  spec.resolution = 256;
  return spec;
}

}  // namespace

std::string_view nameOf(Norm norm) noexcept {
  switch (norm) {
    case Norm::instance:
      return "instance";
    case Norm::batch:
      return "batch";
    case Norm::none:
      return "none";
  }
  return "unknown";
}

Norm normFromName(std::string_view name) {
  for (const Norm norm : {Norm::instance, Norm::batch, Norm::none})
    if (nameOf(norm) == name) return norm;
  throw Error(ErrorKind::invalidArgument,
              "the norm '" + printable(name) + "' is not known; expected instance, batch or none");
}

void GeneratorSpec::validate() const {
  checkRange("inputChannels", inputChannels, 1, 4);
  checkRange("outputChannels", outputChannels, 1, 4);
  checkRange("ngf", ngf, 1, 1024);
  if (isStyleGan(*this)) return checkStyleGan(*this);
  checkRange("resolution", resolution, 0, 0);
  if (architecture == "unet") return checkUnet(*this);
  checkRange("downs", downs, 2, 2);
  if (architecture == "resnet") return checkRange("blocks", blocks, 1, 64);
  if (architecture != "torchscript")
    throw Error(ErrorKind::invalidArgument,
                "the architecture '" + printable(architecture) +
                    "' is not known; expected resnet, unet, stylegan2, smallstylegan2 or torchscript");
}

std::string GeneratorSpec::name() const {
  if (architecture == "resnet") return "resnet_" + std::to_string(blocks) + "blocks";
  if (architecture == "unet") return "unet_" + std::to_string(sizeMultiple());
  return architecture;
}

std::string GeneratorSpec::text() const {
  if (architecture == "torchscript") return "TorchScript program";
  const std::string channels =
      std::to_string(inputChannels) + " -> " + std::to_string(outputChannels) + " channels";
  std::string line = name() + " ngf " + std::to_string(ngf);
  if (isStyleGan(*this))
    return line + " at " + std::to_string(resolution) + "x" + std::to_string(resolution) + ", halved " +
           (downs == 1 ? "once" : std::to_string(downs) + " times") + ", " + channels;
  line += ", " + channels + ", ";
  line += norm == Norm::none ? "no norm" : std::string(nameOf(norm)) + " norm";
  if (noAntialias) line += ", no_antialias";
  if (noAntialiasUp) line += ", no_antialias_up";
  if (dropout) line += ", dropout";
  return line;
}

GeneratorSpec generatorFromName(std::string_view name) {
  GeneratorSpec spec;
  if (const auto blocks = numberIn(name, "resnet_", "blocks")) {
    spec.blocks = *blocks;
  } else if (name == "unet_128" || name == "unet_256") {
    spec.architecture = "unet";
    spec.blocks = 0;
    spec.downs = name == "unet_128" ? 7 : 8;
  } else if (name == "stylegan2" || name == "smallstylegan2") {
    spec = styleGanFromName(name);
  } else {
    throw Error(ErrorKind::invalidArgument,
                "the generator '" + printable(name) +
                    "' is not known; expected resnet_9blocks (or another number), unet_128, unet_256, "
                    "stylegan2 or smallstylegan2");
  }
  spec.validate();
  return spec;
}

}  // namespace cut
