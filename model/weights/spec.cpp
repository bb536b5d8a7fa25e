#include "cut/spec.hpp"

#include "cut/error.hpp"
#include "weights/text.hpp"

namespace cut {
namespace {

void checkRange(const char* field, int value, int low, int high) {
  if (value < low || value > high)
    throw Error(ErrorKind::invalidArgument, std::string(field) + " is " + std::to_string(value) +
                                                "; expected " + std::to_string(low) + " to " +
                                                std::to_string(high));
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
  if (architecture != "resnet")
    throw Error(ErrorKind::invalidArgument,
                "the architecture '" + printable(architecture) + "' is not known; expected resnet");
  checkRange("blocks", blocks, 1, 64);
  checkRange("inputChannels", inputChannels, 1, 4);
  checkRange("outputChannels", outputChannels, 1, 4);
  checkRange("ngf", ngf, 1, 1024);
}

std::string GeneratorSpec::name() const {
  return architecture + "_" + std::to_string(blocks) + "blocks";
}

std::string GeneratorSpec::text() const {
  std::string line = name() + " ngf " + std::to_string(ngf) + ", " + std::to_string(inputChannels) + " -> " +
                     std::to_string(outputChannels) + " channels, ";
  line += norm == Norm::none ? "no norm" : std::string(nameOf(norm)) + " norm";
  if (noAntialias) line += ", no_antialias";
  if (noAntialiasUp) line += ", no_antialias_up";
  if (dropout) line += ", dropout";
  return line;
}

}  // namespace cut
