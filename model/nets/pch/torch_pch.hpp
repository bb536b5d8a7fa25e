// SPDX-License-Identifier: MIT
// Precompiled once for everything that uses torch. Every file still includes what it uses.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/nn/module.h>
