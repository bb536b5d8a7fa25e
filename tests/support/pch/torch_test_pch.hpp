// SPDX-License-Identifier: MIT
// Precompiled once for every test program that uses torch.
#include "nets/pch/torch_pch.hpp"
#include "test_pch.hpp"
