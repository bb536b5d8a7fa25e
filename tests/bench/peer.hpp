// SPDX-License-Identifier: MIT
// What compare.py and the programs that it measures say to each other.
//
// A peer prints `ready` and what runs the network in it. Then each line it reads is a number of rounds, and
// each line it answers a JSON object: the seconds of every frame under the name of what ran it, under
// "processor" the seconds that all threads took for a round, and the memory the process has had at most.
// Peers take turns, so that a machine that slows down slows all of them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cuttranslate/engine.hpp"
#include "cuttranslate/image.hpp"

namespace cut::bench {

struct PeerOptions {
  std::filesystem::path model;
  Size size;
  int threads = 0;
  std::string engine;            // as EngineOptions names it
  std::filesystem::path input;   // a frame, packed RGB
  std::filesystem::path output;  // where the translated frame goes at the end
  Precision precision = Precision::automatic;
};

// MODEL WIDTH HEIGHT THREADS ENGINE INPUT OUTPUT [PRECISION]. Throws cut::Error.
PeerOptions parsePeerOptions(int argc, char** argv);

using Pixels = std::vector<std::uint8_t>;

EngineOptions engineOptions(const PeerOptions& options);

Pixels readFrame(const PeerOptions& options);
void writeFrame(const PeerOptions& options, const Pixels& pixels);

// The engine alone: what libcuttranslate gives to a program.
class EnginePeer {
 public:
  explicit EnginePeer(const PeerOptions& options);
  double translate();  // the seconds of one frame
  const Pixels& output() const noexcept { return output_; }
  const std::string& activeEngine() const noexcept { return model_->active().engine; }
  double firstFrame() const noexcept { return firstFrame_; }  // seconds from the file on disk to a frame

 private:
  PeerOptions options_;
  Pixels input_, output_;
  std::shared_ptr<SharedModel> model_;
  std::unique_ptr<Stream> stream_;
  double firstFrame_ = 0;
};

using Seconds = std::map<std::string, std::vector<double>>;

// Answers requests until there are no more. The first frames of a peer are its own affair.
void serve(const std::string& activeEngine, const std::function<Seconds(int rounds)>& measure);

double secondsOf(const std::function<void()>& work);

// main() of a peer: prints what was thrown, and gives the exit status.
int runPeer(int argc, char** argv, void (*run)(const PeerOptions&));

}  // namespace cut::bench
