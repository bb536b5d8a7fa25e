// SPDX-License-Identifier: MIT
// Exceptions in a process that holds two unwinders.
//
// libunwind exports the unwinder's functions under libgcc's names, and comes in with GStreamer (whose
// libgstreamer links it) and with Debian's python3-torch (before GStreamer). The loader then gives our
// _Unwind_Resume to the one that came first, while libstdc++, which raises, may have got the other; neither
// can read the other's state, and the first exception that passes one of our destructors ends the process. A
// copy of our own (-static-libgcc) is right where libstdc++ has libgcc's and wrong where it has libunwind's,
// as in gst-launch-1.0. So what is linked with this file has an _Unwind_Resume of its own, which goes on with
// the unwinder that libstdc++ is bound to.
#include <dlfcn.h>
#include <link.h>

#include <atomic>
#include <cstdlib>
#include <cstring>

namespace {

using Resume = void (*)(void* exception);

// An entry of the dynamic section; the loader has made addresses of the pointers in it.
template <typename Value>
Value entry(const ElfW(Dyn) * dynamic, ElfW(Sxword) tag) {
  for (; dynamic->d_tag != DT_NULL; ++dynamic)
    if (dynamic->d_tag == tag) return reinterpret_cast<Value>(dynamic->d_un.d_ptr);
  return Value{};
}

// What the library's references to `name` in one of its tables of relocations are bound to.
const void* boundTo(const link_map* library, const char* name, ElfW(Sxword) table, ElfW(Sxword) tableBytes) {
  const auto* relocation = entry<const ElfW(Rela)*>(library->l_ld, table);
  const auto* symbols = entry<const ElfW(Sym)*>(library->l_ld, DT_SYMTAB);
  const auto* names = entry<const char*>(library->l_ld, DT_STRTAB);
  if (!relocation || !symbols || !names) return nullptr;
  const auto count = entry<std::size_t>(library->l_ld, tableBytes) / sizeof *relocation;
  for (const auto* end = relocation + count; relocation != end; ++relocation) {
    const auto symbol = relocation->r_info >> (sizeof(void*) == 8 ? 32 : 8);
    if (symbol != 0 && std::strcmp(names + symbols[symbol].st_name, name) == 0)
      return *reinterpret_cast<const void* const*>(library->l_addr + relocation->r_offset);
  }
  return nullptr;
}

Resume resumeIn(const char* library) {
  void* handle = dlopen(library, RTLD_LAZY | RTLD_NOLOAD);
  return handle ? reinterpret_cast<Resume>(dlsym(handle, "_Unwind_Resume")) : nullptr;
}

Resume libstdcxxResume() {
  void* handle = dlopen("libstdc++.so.6", RTLD_LAZY | RTLD_NOLOAD);
  link_map* library = nullptr;
  if (!handle || dlinfo(handle, RTLD_DI_LINKMAP, &library) != 0) return nullptr;
  const void* raise = boundTo(library, "_Unwind_RaiseException", DT_JMPREL, DT_PLTRELSZ);
  if (!raise) raise = boundTo(library, "_Unwind_RaiseException", DT_RELA, DT_RELASZ);
  Dl_info unwinder{};
  return raise && dladdr(raise, &unwinder) && unwinder.dli_fname ? resumeIn(unwinder.dli_fname) : nullptr;
}

}  // namespace

// In the place of the unwinder's: the compiler calls it at the end of each clean-up.
extern "C" [[noreturn]] void _Unwind_Resume(void* exception) {
  static constinit std::atomic<Resume> known{nullptr};
  Resume resume = known.load(std::memory_order_relaxed);
  if (!resume) {
    resume = libstdcxxResume();
    if (!resume) resume = resumeIn("libgcc_s.so.1");
    known.store(resume, std::memory_order_relaxed);
  }
  if (resume) resume(exception);
  std::abort();
}
