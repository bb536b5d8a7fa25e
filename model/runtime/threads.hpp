// How many threads an engine gets.
#pragma once

namespace cut {

// `wanted`, or where it is 0 all that the process may use; never more than those.
int usableThreads(int wanted);

}  // namespace cut
