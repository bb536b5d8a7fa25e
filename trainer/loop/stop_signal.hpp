// Ctrl-C and SIGTERM as a question: has anybody asked the run to end?
#pragma once

namespace cut::trainer {

// From then on the first SIGINT or SIGTERM is noted, and the next one ends the process as ever.
void catchStopSignals();

// The signal that came, or 0.
int stopSignal() noexcept;

}  // namespace cut::trainer
