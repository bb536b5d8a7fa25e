// SPDX-License-Identifier: MIT
// Seconds per frame of a pipeline with the element, and of the engine alone in the same process (peer.hpp).
// They share the model, its memory and its worker, and a round is engine, pipeline, pipeline, engine: what
// drifts evenly cancels in the difference, which is the element's own cost.
#include "peer.hpp"
#include "pipeline.hpp"

namespace {

using namespace cut::bench;

void run(const PeerOptions& options) {
  EnginePeer engine(options);
  Pipeline pipeline(options);
  pipeline.translate();  // negotiates and makes its buffers
  serve(engine.activeEngine(), [&](int rounds) {
    Seconds seconds;
    for (int i = 0; i < rounds; ++i) {
      seconds["engine"].push_back(engine.translate());
      seconds["pipeline"].push_back(pipeline.translate());
      seconds["pipeline"].push_back(pipeline.translate());
      seconds["engine"].push_back(engine.translate());
    }
    return seconds;
  });
  writeFrame(options, pipeline.output());
}

}  // namespace

int main(int argc, char** argv) {
  return runPeer(argc, argv, run);
}
