// SPDX-License-Identifier: MIT
#include "backends/torch/device/caching_allocator.hpp"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>
#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <new>
#include <unordered_map>

namespace cut::device {
namespace {

constexpr std::size_t minCachedBytes = std::size_t{1} << 20;
constexpr std::size_t hugePage = std::size_t{2} << 20;

thread_local bool caching = false;

class CachingAllocator final : public c10::Allocator {
 public:
  static CachingAllocator& instance() {
    // Never destroyed: tensors may outlive every static.
    static auto* allocator = new CachingAllocator;
    return *allocator;
  }

  c10::DataPtr allocate(std::size_t bytes) override {
    void* block = caching && bytes >= minCachedBytes ? allocateCached(bytes) : c10::alloc_cpu(bytes);
    return {block, block, &deallocate, c10::Device(c10::DeviceType::CPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &deallocate; }
  void copy_data(void* to, const void* from, std::size_t bytes) const override {
    default_copy_data(to, from, bytes);
  }

  void emptyCache() {
    const std::lock_guard lock(mutex_);
    for (const auto& [size, block] : free_) {
      sizes_.erase(block);
      std::free(block);
    }
    free_.clear();
  }

 private:
  static std::size_t roundUp(std::size_t bytes) { return (bytes + hugePage - 1) / hugePage * hugePage; }

  void* allocateCached(std::size_t bytes) {
    const std::size_t size = roundUp(bytes);
    const std::lock_guard lock(mutex_);
    if (const auto cached = free_.find(size); cached != free_.end()) {
      void* block = cached->second;
      free_.erase(cached);
      return block;
    }
    void* block = std::aligned_alloc(hugePage, size);
    if (!block) throw std::bad_alloc();
    madvise(block, size, MADV_HUGEPAGE);  // fewer page faults and TLB misses; only advice
    sizes_.emplace(block, size);
    return block;
  }

  // Cached blocks are aligned to 2 MiB. Blocks of the default allocator hardly ever are, so they take no
  // lock.
  static void deallocate(void* block) {
    if (block && reinterpret_cast<std::uintptr_t>(block) % hugePage == 0 && instance().recycle(block)) return;
    c10::free_cpu(block);
  }

  bool recycle(void* block) {
    const std::lock_guard lock(mutex_);
    const auto known = sizes_.find(block);
    if (known == sizes_.end()) return false;
    free_.emplace(known->second, block);
    return true;
  }

  std::mutex mutex_;                              // guards both maps
  std::unordered_map<void*, std::size_t> sizes_;  // of every block, used or free
  std::unordered_multimap<std::size_t, void*> free_;
};

}  // namespace

CachingAllocatorScope::CachingAllocatorScope() {
  static const bool installed = (c10::SetCPUAllocator(&CachingAllocator::instance(), 100), true);
  (void)installed;
  caching = true;
}

CachingAllocatorScope::~CachingAllocatorScope() {
  caching = false;
}

void emptyAllocatorCache() {
  CachingAllocator::instance().emptyCache();
}

}  // namespace cut::device
