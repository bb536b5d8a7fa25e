// SPDX-License-Identifier: MIT
// A caching allocator for LibTorch's CPU tensors.
//
// The default allocator maps large blocks afresh each time: at 256x256 a frame of resnet_9blocks took 74,000
// page faults, a tenth of its time. This one keeps the freed blocks of large tensors, in 2 MiB pages.
#pragma once

namespace cut::device {

// While one lives, CPU tensors of 1 MiB and more that its thread makes come from the cache. Other threads,
// and other users of LibTorch in the process, get the default allocator. Not nested.
class CachingAllocatorScope {
 public:
  CachingAllocatorScope();
  ~CachingAllocatorScope();
  CachingAllocatorScope(const CachingAllocatorScope&) = delete;
  CachingAllocatorScope& operator=(const CachingAllocatorScope&) = delete;
};

// Frees the cached blocks that no tensor uses, as at::cuda's emptyCache() does.
void emptyAllocatorCache();

}  // namespace cut::device
