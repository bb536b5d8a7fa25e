#include "trainer/loop/peak_memory.hpp"

#include <c10/core/CachingDeviceAllocator.h>
#include <sys/resource.h>

namespace cut::trainer {

std::int64_t peakMemory(c10::Device device) {
  if (!device.is_cpu())
    if (auto* card = dynamic_cast<c10::DeviceAllocator*>(c10::GetAllocator(device.type()))) {
      constexpr auto all = static_cast<std::size_t>(c10::CachingAllocator::StatType::AGGREGATE);
      return card->getDeviceStats(device.index()).reserved_bytes[all].peak;
    }
  struct rusage usage {};
  getrusage(RUSAGE_SELF, &usage);
  return std::int64_t{usage.ru_maxrss} * 1024;
}

}  // namespace cut::trainer
