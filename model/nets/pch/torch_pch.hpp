// Precompiled: every torch header that model needs, parsed once.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/nn/module.h>
