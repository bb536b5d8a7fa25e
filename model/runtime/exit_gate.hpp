// SPDX-License-Identifier: MIT
// At exit() the static destructors of an engine's libraries destroy objects that worker threads still use. A
// worker holds this gate during each task; exit() closes it, and waits for the tasks that are inside.
#pragma once

namespace cut {

class ExitGate {
 public:
  ExitGate();  // enters; never returns once the process ends
  ~ExitGate();
  ExitGate(const ExitGate&) = delete;
  ExitGate& operator=(const ExitGate&) = delete;

  // Registers the wait with atexit(), so that it runs before the destructors of the libraries loaded so far.
  // It takes 10 s at most: an engine may hang. Call it after each library that is loaded.
  static void shutAtExit();
};

}  // namespace cut
