// Writing a zip archive of stored members; the same members give the same bytes.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

struct zip;
struct zip_source;

namespace cut {

class ZipWriter {
 public:
  ZipWriter();

  // Borrows the bytes until finish().
  void add(const std::string& name, std::span<const std::byte> bytes);

  // The whole archive. Nothing may be added after it.
  std::vector<std::byte> finish();

 private:
  struct Discard {
    void operator()(zip* archive) const noexcept;
  };
  struct Free {
    void operator()(zip_source* source) const noexcept;
  };
  std::unique_ptr<zip_source, Free> buffer_;
  std::unique_ptr<zip, Discard> archive_;  // goes before the buffer it writes to
};

}  // namespace cut
