// At exit() an engine's libraries destroy what its threads still use. A worker goes through this gate with
// every task; once the process ends the gate is shut, and exit waits for who is inside.
#pragma once

namespace cut {

class ExitGate {
 public:
  ExitGate();  // enters; never returns once the process ends
  ~ExitGate();
  ExitGate(const ExitGate&) = delete;
  ExitGate& operator=(const ExitGate&) = delete;

  // Waits at exit() before the destructors of what is loaded by now run, ten seconds at most: an engine may
  // hang. To be called after each library that was loaded.
  static void shutAtExit();
};

}  // namespace cut
