// SPDX-License-Identifier: MIT
// Frames through the engine as floats, for what their difference to other runtimes says: the arguments of a
// peer, INPUT with any number of frames, OUTPUT their planes in [-1, 1].
#include <cstddef>
#include <fstream>
#include <iterator>
#include <span>
#include <vector>

#include "cuttranslate/error.hpp"
#include "peer.hpp"

namespace {

using namespace cut::bench;

// (frame, channel, row, column), in [-1, 1].
std::vector<float> readPlanes(const PeerOptions& options) {
  std::ifstream file(options.input, std::ios::binary);
  const Pixels pixels((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const auto area =
      static_cast<std::size_t>(options.size.width) * static_cast<std::size_t>(options.size.height);
  if (pixels.empty() || pixels.size() % (3 * area) != 0)
    throw cut::Error(cut::ErrorKind::wrongFile,
                     options.input.string() + " does not hold whole frames of packed RGB");
  std::vector<float> planes(pixels.size());
  for (std::size_t i = 0; i < pixels.size(); ++i) {
    const std::size_t frame = i / (3 * area), pixel = i / 3 % area, channel = i % 3;
    planes[(3 * frame + channel) * area + pixel] = static_cast<float>(pixels[i]) / 127.5F - 1;
  }
  return planes;
}

void run(const PeerOptions& options) {
  const std::vector<float> in = readPlanes(options);
  std::vector<float> out(in.size());
  const auto model = cut::SharedModel::open(options.model, engineOptions(options));
  const auto stream = model->makeStream();
  stream->configure(options.size);
  const std::size_t frame =
      3 * static_cast<std::size_t>(options.size.width) * static_cast<std::size_t>(options.size.height);
  for (std::size_t i = 0; i < in.size(); i += frame)
    stream->translate(std::span(in).subspan(i, frame), std::span(out).subspan(i, frame));
  std::ofstream file(options.output, std::ios::binary);
  file.write(reinterpret_cast<const char*>(out.data()),
             static_cast<std::streamsize>(out.size() * sizeof(float)));
  if (!file) throw cut::Error(cut::ErrorKind::io, "cannot write " + options.output.string());
}

}  // namespace

int main(int argc, char** argv) {
  return runPeer(argc, argv, run);
}
