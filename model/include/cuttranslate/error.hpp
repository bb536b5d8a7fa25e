// What goes wrong, said once: every function of libcuttranslate that can fail throws cut::Error.
#pragma once

#include "cuttranslate/export.hpp"

#include <stdexcept>
#include <string>

namespace cut {

enum class ErrorKind {
  invalidArgument,  // a setting or argument that makes no sense
  notFound,         // a file or folder that does not exist
  unreadable,       // a file that exists and cannot be read or written (permission, directory, FIFO, device)
  wrongFile,        // a file that is not what it should be: another format, truncated, damaged, hostile
  unsupported,      // understood, but not built or not possible here
  noDevice,         // a device that this machine or this build does not have
  outOfMemory,
  moduleMissing,  // an engine module that is not installed or cannot be loaded
  mismatch,       // the self-check of a model gave other numbers than it should
  internal,       // a failure inside an engine
};

// The message says what was expected, what came, and what to do.
class CUT_API Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  ErrorKind kind() const noexcept { return kind_; }

 private:
  ErrorKind kind_;
};

// The same as a value, for what goes from one thread to another: exceptions share their text.
struct Fault {
  ErrorKind kind = ErrorKind::internal;
  std::string message;
};

}  // namespace cut
