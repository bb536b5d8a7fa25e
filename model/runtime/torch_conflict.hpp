// A process can hold only one LibTorch: a Python program may have imported another one before us.
#pragma once

#include <string>
#include <string_view>

namespace cut {

// Why module `name` must not be opened in this process, as a sentence; empty where nothing speaks against it.
// Only modules built on LibTorch can conflict. Looks at loaded libraries, loads none.
std::string torchConflict(std::string_view name);

}  // namespace cut
