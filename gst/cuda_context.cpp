// SPDX-License-Identifier: MIT
#include "cuda_context.hpp"

#define GST_USE_UNSTABLE_API
#include <dlfcn.h>
#include <gst/cuda/gstcudacontext.h>
#include <gst/cuda/gstcudaloader.h>
#include <gst/cuda/gstcudautils.h>

#include <string_view>

namespace cut::gst {
namespace {

// From the driver itself: GStreamer's loader has no primary contexts, and linking libcuda would need a card.
CUcontext retainPrimary(CUdevice device) {
  void* driver = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_NODELETE);
  if (!driver) return nullptr;
  const auto retain =
      reinterpret_cast<decltype(&cuDevicePrimaryCtxRetain)>(dlsym(driver, "cuDevicePrimaryCtxRetain"));
  CUcontext context = nullptr;
  return retain && retain(&context, device) == CUDA_SUCCESS ? context : nullptr;
}

void releasePrimary(CUdevice device) {
  void* driver = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_NOLOAD);
  const auto release =
      driver ? reinterpret_cast<CUresult (*)(CUdevice)>(dlsym(driver, "cuDevicePrimaryCtxRelease_v2"))
             : nullptr;
  if (release) release(device);
}

class PrimaryContextOffer final : public CudaContextOffer {
 public:
  PrimaryContextOffer(CUcontext primary, CUdevice device)
      : device_(device), context_(gst_cuda_context_new_wrapped(primary, device)) {}
  ~PrimaryContextOffer() override {
    if (context_) gst_object_unref(context_);
    releasePrimary(device_);
  }
  PrimaryContextOffer(const PrimaryContextOffer&) = delete;
  PrimaryContextOffer& operator=(const PrimaryContextOffer&) = delete;

  bool answer(GstElement* element, GstQuery* query) override {
    return context_ && gst_cuda_handle_context_query(element, query, context_);
  }

 private:
  CUdevice device_;
  GstCudaContext* context_;
};

}  // namespace

std::unique_ptr<CudaContextOffer> CudaContextOffer::make(const std::string& device) {
  constexpr std::string_view prefix = "cuda:";
  if (!device.starts_with(prefix) || !gst_cuda_load_library()) return nullptr;
  const CUdevice index = std::stoi(device.substr(prefix.size()));
  CUcontext primary = retainPrimary(index);
  if (!primary) return nullptr;
  return std::make_unique<PrimaryContextOffer>(primary, index);
}

}  // namespace cut::gst
