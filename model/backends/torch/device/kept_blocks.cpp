#include "backends/torch/device/kept_blocks.hpp"

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

constexpr std::size_t smallest = std::size_t{1} << 20;
constexpr std::size_t hugePage = std::size_t{2} << 20;

thread_local bool keeping = false;

class FrameAllocator final : public c10::Allocator {
 public:
  static FrameAllocator& instance() {
    // Never destroyed: tensors may outlive every static.
    static auto* allocator = new FrameAllocator;
    return *allocator;
  }

  c10::DataPtr allocate(std::size_t bytes) override {
    void* block = keeping && bytes >= smallest ? take(bytes) : c10::alloc_cpu(bytes);
    return {block, block, &giveBack, c10::Device(c10::DeviceType::CPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &giveBack; }
  void copy_data(void* to, const void* from, std::size_t bytes) const override {
    default_copy_data(to, from, bytes);
  }

  void release() {
    const std::lock_guard lock(mutex_);
    for (const auto& [size, block] : free_) {
      sizes_.erase(block);
      std::free(block);
    }
    free_.clear();
  }

 private:
  static std::size_t rounded(std::size_t bytes) { return (bytes + hugePage - 1) / hugePage * hugePage; }

  void* take(std::size_t bytes) {
    const std::size_t size = rounded(bytes);
    const std::lock_guard lock(mutex_);
    if (const auto kept = free_.find(size); kept != free_.end()) {
      void* block = kept->second;
      free_.erase(kept);
      return block;
    }
    void* block = std::aligned_alloc(hugePage, size);
    if (!block) throw std::bad_alloc();
    madvise(block, size, MADV_HUGEPAGE);  // fewer faults and TLB misses; refused is no harm
    sizes_.emplace(block, size);
    return block;
  }

  // Ours are aligned to 2 MiB, which the default allocator's hardly ever are: others cost no lock.
  static void giveBack(void* block) {
    if (block && reinterpret_cast<std::uintptr_t>(block) % hugePage == 0 && instance().keep(block)) return;
    c10::free_cpu(block);
  }

  bool keep(void* block) {
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

KeepBlocks::KeepBlocks() {
  static const bool installed = (c10::SetCPUAllocator(&FrameAllocator::instance(), 100), true);
  (void)installed;
  keeping = true;
}

KeepBlocks::~KeepBlocks() {
  keeping = false;
}

void releaseKeptBlocks() {
  FrameAllocator::instance().release();
}

}  // namespace cut::device
