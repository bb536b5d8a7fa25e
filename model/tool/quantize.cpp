#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include "cuttranslate/error.hpp"
#include "cuttranslate/model_file.hpp"
#include "tool/commands.hpp"
#include "tool/picture.hpp"

namespace cut::tool {
namespace {

namespace fs = std::filesystem;

// All files named, and of folders what they hold; at most `most`, evenly spread.
std::vector<fs::path> chooseFrames(const QuantizeRequest& request) {
  std::vector<fs::path> all;
  for (const fs::path& path : request.frames) {
    if (!fs::is_directory(path)) {
      all.push_back(path);
      continue;
    }
    const std::vector<fs::path> inside = picturesIn(path);
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

std::vector<Picture> readFrames(const QuantizeRequest& request, int channels) {
  std::vector<Picture> pictures;
  for (const fs::path& path : chooseFrames(request)) pictures.push_back(readPicture(path, channels));
  return pictures;
}

// What int8 keeps, as a sentence. Throws mismatch where that is less than promised and nobody asked for all
// layers.
std::string keptText(const QuantizeRequest& request, double kept) {
  if (std::isnan(kept))
    return "not tried: this processor has neither AVX512-VNNI nor AMX, or CUT_CPU_ISA caps it";
  char text[128];
  std::snprintf(text, sizeof text, "int8 keeps %.1f dB of fp32 on the worst of them", kept);
  if (kept >= promisedPsnr(Precision::int8)) return text;
  std::string low = std::string(text) + ", less than the 38 dB that it should";
  if (!request.allLayers)
    throw Error(ErrorKind::mismatch,
                request.model.string() + ": " + low +
                    ", with half of its layers too; nothing is written. These weights do "
                    "not bear int8; --all-layers writes the ranges all the same");
  return low;
}

}  // namespace

void quantize(const QuantizeRequest& request, std::ostream& out) {
  ModelFile model = readModelFile(request.model);
  const fs::path target = request.to.value_or(request.model);
  if (!request.to && model.kind != FileKind::cuttranslate)
    throw Error(ErrorKind::unsupported, request.model.string() + ": a " + std::string(nameOf(model.kind)) +
                                            " has no place for int8 ranges; --output names the .pt to write");
  const std::vector<Picture> pictures = readFrames(request, model.spec.inputChannels);
  std::vector<ImageView> views;
  for (const Picture& picture : pictures) views.push_back(picture.view());
  CalibratedInt8 calibrated =
      calibrateInt8(model, request.threads, views, request.allLayers ? 0 : defaultInt8Psnr);
  const std::string kept = keptText(request, calibrated.psnr);
  model.int8Ranges = std::move(calibrated.ranges);
  writeModelFile(target, model);
  out << target.string() << ": " << model.spec.text() << ", int8 ranges of "
      << model.int8Ranges.size() / rangesOfLayer << " of "
      << expectedRanges(model.spec).size() / rangesOfLayer << " layers from " << pictures.size()
      << " frames\n"
      << kept << '\n';
}

}  // namespace cut::tool
