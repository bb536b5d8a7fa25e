// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include "cuttranslate/error.hpp"
#include "cuttranslate/model_file.hpp"
#include "tool/commands.hpp"
#include "tool/frame_files.hpp"

namespace cut::tool {
namespace {

namespace fs = std::filesystem;

// The named files and the files in named folders; at most mostFrames of them, evenly spread.
std::vector<fs::path> chooseFrames(const QuantizeRequest& request) {
  std::vector<fs::path> all;
  for (const fs::path& path : request.frames) {
    if (!fs::is_directory(path)) {
      all.push_back(path);
      continue;
    }
    const std::vector<fs::path> inside = frameFilesIn(path);
    all.insert(all.end(), inside.begin(), inside.end());
  }
  if (all.empty())
    throw Error(ErrorKind::notFound,
                request.frames.front().string() + ": there is no .png, .jpg or .jpeg in this folder");
  const std::size_t count = std::min(all.size(), static_cast<std::size_t>(request.mostFrames));
  std::vector<fs::path> chosen;
  for (std::size_t i = 0; i < count; ++i) chosen.push_back(all[i * all.size() / count]);
  return chosen;
}

std::vector<Frame> readFrames(const QuantizeRequest& request, int channels) {
  std::vector<Frame> frames;
  for (const fs::path& path : chooseFrames(request)) frames.push_back(readFrame(path, channels));
  return frames;
}

// The PSNR of int8 as a sentence. Throws mismatch where it is lower than promised, unless --all-layers was
// given.
std::string psnrText(const QuantizeRequest& request, double psnr) {
  if (std::isnan(psnr))
    return "int8 was not tried: it needs AVX512-VNNI or AMX, which this processor lacks or CUT_CPU_ISA "
           "disables";
  char text[128];
  std::snprintf(text, sizeof text, "PSNR of int8 against fp32: %.1f dB on the worst frame", psnr);
  if (psnr >= promisedPsnr(Precision::int8)) return text;
  std::string low = std::string(text) + ", below the 38 dB that int8 promises";
  if (!request.allLayers)
    throw Error(ErrorKind::mismatch,
                request.model.string() + ": " + low +
                    ", even with half of the layers in int8; nothing is written. These weights "
                    "are not suited to int8; --all-layers writes the ranges all the same");
  return low;
}

}  // namespace

void quantize(const QuantizeRequest& request, std::ostream& out) {
  ModelFile model = readModelFile(request.model);
  const fs::path target = request.to.value_or(request.model);
  if (!request.to && model.kind != FileKind::cuttranslate)
    throw Error(ErrorKind::unsupported, request.model.string() + ": a " + std::string(nameOf(model.kind)) +
                                            " cannot hold int8 ranges; give the .pt to write with --output");
  const std::vector<Frame> frames = readFrames(request, model.spec.inputChannels);
  std::vector<ImageView> views;
  for (const Frame& frame : frames) views.push_back(frame.view());
  CalibratedInt8 calibrated =
      calibrateInt8(model, request.threads, views, request.allLayers ? 0 : defaultInt8Psnr);
  const std::string psnr = psnrText(request, calibrated.psnr);
  model.int8Ranges = std::move(calibrated.ranges);
  writeModelFile(target, model);
  out << target.string() << ": " << model.spec.text() << ", int8 ranges of "
      << model.int8Ranges.size() / rangesOfLayer << " of "
      << expectedRanges(model.spec).size() / rangesOfLayer << " layers from " << frames.size() << " frames\n"
      << psnr << '\n';
}

}  // namespace cut::tool
