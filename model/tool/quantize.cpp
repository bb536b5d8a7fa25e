#include <algorithm>
#include <cstdio>
#include <limits>
#include <system_error>
#include <utility>

#include "cut/error.hpp"
#include "cut/model_file.hpp"
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

std::vector<float> planesOf(const Picture& picture) {
  const auto channels = static_cast<std::size_t>(picture.layout.channels);
  const std::size_t pixels = picture.pixels.size() / channels;
  std::vector<float> planes(picture.pixels.size());
  for (std::size_t i = 0; i < planes.size(); ++i)
    planes[i] = static_cast<float>(picture.pixels[i % pixels * channels + i / pixels]) / 127.5F - 1;
  return planes;
}

std::vector<float> translated(Stream& stream, const Picture& picture, int channels) {
  stream.configure(picture.size);
  std::vector<float> out(picture.pixels.size() / static_cast<std::size_t>(picture.layout.channels) *
                         static_cast<std::size_t>(channels));
  stream.translate(planesOf(picture), out);
  return out;
}

// dB of int8 against fp32, of the frame that fares worst.
double worstPsnr(const fs::path& model, int threads, const std::vector<Picture>& pictures) {
  const auto open = [&](Precision precision) {
    return SharedModel::open(model, {.engine = "cpu", .precision = precision, .threads = threads});
  };
  const auto narrow = open(Precision::int8), exact = open(Precision::fp32);
  const auto narrowStream = narrow->makeStream(), exactStream = exact->makeStream();
  const int channels = exact->info().spec.outputChannels;
  double worst = std::numeric_limits<double>::infinity();
  for (const Picture& picture : pictures) {
    const std::vector<float> expected = translated(*exactStream, picture, channels);
    worst = std::min(worst, psnr(translated(*narrowStream, picture, channels), expected));
  }
  return worst;
}

// What int8 keeps, as a sentence. Throws mismatch where that is less than promised and nobody asked for all
// layers.
std::string keptText(const fs::path& model, const QuantizeRequest& request,
                     const std::vector<Picture>& pictures) {
  constexpr double promised = promisedPsnr(Precision::int8);
  double worst = 0;
  try {
    worst = worstPsnr(model, request.threads, pictures);
  } catch (const Error& error) {
    if (!request.allLayers || error.kind() != ErrorKind::unsupported) throw;
    return std::string("not tried on this machine: ") + error.what();
  }
  char text[128];
  std::snprintf(text, sizeof text, "int8 keeps %.1f dB of fp32 on the worst of them", worst);
  if (worst >= promised) return text;
  std::string low = std::string(text) + ", less than the 38 dB that it should";
  if (!request.allLayers)
    throw Error(ErrorKind::mismatch,
                request.model.string() + ": " + low +
                    ", with half of its layers too; nothing is written. These weights do "
                    "not bear int8; --all-layers writes the ranges all the same");
  return low;
}

// A file that is there for a while.
class Passing {
 public:
  explicit Passing(fs::path path) : path_(std::move(path)) {}
  ~Passing() {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  Passing(const Passing&) = delete;
  Passing& operator=(const Passing&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

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
  model.int8Ranges = calibrateInt8(model, request.threads, views, request.allLayers ? 0 : enoughOfInt8);
  // Tried before it takes the target's place, which may be the model itself.
  const Passing trial(target.string() + ".trial.pt");
  writeModelFile(trial.path(), model);
  const std::string kept = keptText(trial.path(), request, pictures);
  fs::rename(trial.path(), target);
  out << target.string() << ": " << model.spec.text() << ", int8 ranges of " << model.int8Ranges.size() / rangesOfLayer
      << " of " << expectedRanges(model.spec).size() / rangesOfLayer << " layers from " << pictures.size() << " frames\n"
      << kept << '\n';
}

}  // namespace cut::tool
