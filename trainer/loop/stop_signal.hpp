// Ctrl-C, SIGTERM and a closed terminal as a question: has anybody asked the run to end?
#pragma once

namespace cut::trainer {

// From then on the first SIGINT, SIGTERM or SIGHUP is noted, and the next one ends the process as ever. One
// that is ignored already (SIGHUP under nohup, SIGINT in a script's background) stays ignored.
void catchStopSignals();

// The signal that came, or 0.
int stopSignal() noexcept;

// From then on a pipe whose reader has gone (`| head`) swallows what is written into it, and ends nothing.
void outliveReaders();

}  // namespace cut::trainer
