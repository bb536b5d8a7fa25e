// SPDX-License-Identifier: MIT
#include "peer.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>

#include "cuttranslate/error.hpp"

namespace cut::bench {
namespace {

int numberFrom(const char* text, const char* what) {
  std::size_t used = 0;
  const std::string word = text;
  const int number = std::stoi(word, &used);
  if (used != word.size() || number < 1)
    throw Error(ErrorKind::invalidArgument, std::string(what) + " must be a number from 1, not " + word);
  return number;
}

double peakMib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// Of all threads so far.
double processorSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void answer(const Seconds& seconds) {
  std::printf("{\"peak_mib\": %.1f", peakMib());
  for (const auto& [name, times] : seconds) {
    std::printf(", \"%s\": [", name.c_str());
    for (std::size_t i = 0; i < times.size(); ++i) std::printf(i ? ", %.6f" : "%.6f", times[i]);
    std::printf("]");
  }
  std::printf("}\n");
  std::fflush(stdout);
}

}  // namespace

PeerOptions parsePeerOptions(int argc, char** argv) {
  if (argc != 8 && argc != 9)
    throw Error(ErrorKind::invalidArgument,
                "expected: MODEL WIDTH HEIGHT THREADS ENGINE INPUT OUTPUT [PRECISION]");
  return {.model = argv[1],
          .size = {numberFrom(argv[2], "WIDTH"), numberFrom(argv[3], "HEIGHT")},
          .threads = numberFrom(argv[4], "THREADS"),
          .engine = argv[5],
          .input = argv[6],
          .output = argv[7],
          .precision = argc == 9 ? precisionFromName(argv[8]) : Precision::automatic};
}

EngineOptions engineOptions(const PeerOptions& options) {
  return {
      .engine = options.engine, .device = "cpu", .precision = options.precision, .threads = options.threads};
}

Pixels readFrame(const PeerOptions& options) {
  std::ifstream file(options.input, std::ios::binary);
  Pixels pixels((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const std::size_t expected = 3 * static_cast<std::size_t>(options.size.width) * options.size.height;
  if (pixels.size() != expected)
    throw Error(ErrorKind::wrongFile, options.input.string() + " holds " + std::to_string(pixels.size()) +
                                          " bytes, expected " + std::to_string(expected) + " of packed RGB");
  return pixels;
}

void writeFrame(const PeerOptions& options, const Pixels& pixels) {
  std::ofstream file(options.output, std::ios::binary);
  file.write(reinterpret_cast<const char*>(pixels.data()), static_cast<std::streamsize>(pixels.size()));
  if (!file) throw Error(ErrorKind::io, "cannot write " + options.output.string());
}

EnginePeer::EnginePeer(const PeerOptions& options)
    : options_(options), input_(readFrame(options)), output_(input_.size()) {
  firstFrame_ = secondsOf([&] {
    model_ = SharedModel::open(options.model, engineOptions(options));
    stream_ = model_->makeStream();
    stream_->configure(options.size, WarmUp::none);
    translate();
  });
}

double EnginePeer::translate() {
  const auto [width, height] = options_.size;
  const ImageView in{input_.data(), std::ptrdiff_t{3} * width, width, height, {}};
  const MutableImageView out{output_.data(), std::ptrdiff_t{3} * width, width, height, {}};
  return secondsOf([&] { stream_->translate(in, out); });
}

void serve(const std::string& activeEngine, const std::function<Seconds(int rounds)>& measure) {
  std::printf("ready %s\n", activeEngine.c_str());
  std::fflush(stdout);
  for (int rounds = 0; std::cin >> rounds;) {
    const double before = processorSeconds();
    Seconds seconds = measure(rounds);
    seconds["processor"].push_back((processorSeconds() - before) / std::max(rounds, 1));
    answer(seconds);
  }
}

double secondsOf(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

int runPeer(int argc, char** argv, void (*run)(const PeerOptions&)) {
  try {
    run(parsePeerOptions(argc, argv));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
    return 1;
  }
}

}  // namespace cut::bench
