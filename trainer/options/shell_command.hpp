// A command line as text.
#pragma once

#include <string>

namespace cut::trainer {

// What a POSIX shell reads as these words.
std::string shellCommand(int argc, const char* const* argv);

}  // namespace cut::trainer
