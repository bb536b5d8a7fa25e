// SPDX-License-Identifier: MIT
// Precompiled: what most of libcuttranslate includes of the standard library, parsed once. Every file still
// includes what it uses; the build with sanitizers has no precompiled headers (-Db_pch=false). Not
// <filesystem>: it brings std::quoted, and we have a quoted() of our own.
#include <algorithm>
#include <array>
#include <cmath>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
