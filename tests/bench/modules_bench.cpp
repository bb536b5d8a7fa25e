// SPDX-License-Identifier: MIT
// Engine modules against each other on one model, in turns: modules-bench MODEL WIDTH HEIGHT FRAMES ENGINE...
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "cuttranslate/engine.hpp"

namespace {

using namespace cut;

// Of all threads: what a frame costs whatever else the machine does.
double processorSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct Contender {
  std::string engine;
  std::shared_ptr<SharedModel> model;
  std::unique_ptr<Stream> stream;
  std::vector<double> wall, processor;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void translateOnce(Contender& contender, Size size, const std::vector<std::uint8_t>& in,
                   std::vector<std::uint8_t>& out) {
  const double processor = processorSeconds();
  const auto begin = std::chrono::steady_clock::now();
  const std::ptrdiff_t row = std::ptrdiff_t{3} * size.width;
  contender.stream->translate(ImageView{in.data(), row, size.width, size.height, {}},
                              MutableImageView{out.data(), row, size.width, size.height, {}});
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
  contender.wall.push_back(wall.count());
  contender.processor.push_back(processorSeconds() - processor);
}

void run(int argc, char** argv) {
  const Size size{std::stoi(argv[2]), std::stoi(argv[3])};
  const int frames = std::max(1, std::stoi(argv[4]));
  std::vector<Contender> contenders;
  for (int i = 5; i < argc; ++i) {
    auto model = SharedModel::open(argv[1], {.engine = argv[i], .device = "cpu"});
    auto stream = model->makeStream();
    stream->configure(size);
    contenders.push_back({argv[i], std::move(model), std::move(stream), {}, {}});
  }
  std::vector<std::uint8_t> in(static_cast<std::size_t>(3) * size.width * size.height);
  std::vector<std::uint8_t> out(in.size());
  for (std::size_t i = 0; i < in.size(); ++i) in[i] = static_cast<std::uint8_t>(i * i / 7);
  for (int frame = 0; frame < frames; ++frame)
    for (auto& contender : contenders) translateOnce(contender, size, in, out);
  for (const auto& contender : contenders)
    std::printf("%-6s best %8.1f ms, median %8.1f ms, processor median %8.1f ms\n", contender.engine.c_str(),
                1e3 * *std::min_element(contender.wall.begin(), contender.wall.end()),
                1e3 * median(contender.wall), 1e3 * median(contender.processor));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc < 6) throw std::invalid_argument("expected: MODEL WIDTH HEIGHT FRAMES ENGINE...");
    run(argc, argv);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
    return 1;
  }
}
