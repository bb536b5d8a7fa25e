// SPDX-License-Identifier: MIT
// Seconds per frame of the engine alone, on request (peer.hpp).
#include "peer.hpp"

namespace {

using namespace cut::bench;

void run(const PeerOptions& options) {
  EnginePeer engine(options);
  serve(engine.activeEngine(), [&](int rounds) {
    Seconds seconds;
    seconds["first_frame"].push_back(engine.firstFrame());
    for (int i = 0; i < rounds; ++i) seconds["engine"].push_back(engine.translate());
    return seconds;
  });
  writeFrame(options, engine.output());
}

}  // namespace

int main(int argc, char** argv) {
  return runPeer(argc, argv, run);
}
