// A command line as text.
#pragma once

#include <string>
#include <string_view>

namespace cut::trainer {

// What a POSIX shell reads as these words.
std::string shellCommand(int argc, const char* const* argv);

// What it reads as this one word.
std::string shellWord(std::string_view word);

}  // namespace cut::trainer
