// SPDX-License-Identifier: MIT
// Whether SIGINT, SIGTERM or SIGHUP has asked the run to end.
#pragma once

namespace cut::trainer {

inline constexpr int bySignal = 128;  // and the signal's number: the exit status that a shell would say

// From then on the first SIGINT, SIGTERM or SIGHUP is recorded, and the next one has its default action. One
// that is ignored already (SIGHUP under nohup, SIGINT in a script's background) stays ignored.
void catchStopSignals();

// The signal that came, or 0.
int stopSignal() noexcept;

// Ignores SIGPIPE: a pipe whose reader has gone (`| head`) must not end the run.
void ignoreBrokenPipes();

}  // namespace cut::trainer
