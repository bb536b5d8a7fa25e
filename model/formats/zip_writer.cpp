// SPDX-License-Identifier: MIT
#include <zip.h>

#include "cuttranslate/error.hpp"
#include "formats/zip_archive.hpp"

namespace cut {
namespace {

[[noreturn]] void failToWrite(const char* reason) {
  throw Error(ErrorKind::internal, std::string("the zip archive cannot be written: ") + reason);
}

}  // namespace

void ZipWriter::Discard::operator()(zip* archive) const noexcept {
  zip_discard(archive);
}

void ZipWriter::Free::operator()(zip_source* source) const noexcept {
  zip_source_free(source);
}

ZipWriter::ZipWriter() {
  zip_error_t error;
  zip_error_init(&error);
  buffer_.reset(zip_source_buffer_create(nullptr, 0, 0, &error));
  if (!buffer_) failToWrite(zip_error_strerror(&error));
  archive_.reset(zip_open_from_source(buffer_.get(), ZIP_CREATE | ZIP_TRUNCATE, &error));
  if (!archive_) failToWrite(zip_error_strerror(&error));
  zip_source_keep(buffer_.get());  // the archive consumes one reference; finish() reads from the other
  zip_error_fini(&error);
}

void ZipWriter::add(const std::string& name, std::span<const std::byte> bytes) {
  zip_t* archive = archive_.get();
  zip_source_t* source = zip_source_buffer(archive, bytes.data(), bytes.size(), 0);
  if (source == nullptr) failToWrite(zip_strerror(archive));
  const zip_int64_t index = zip_file_add(archive, name.c_str(), source, ZIP_FL_ENC_UTF_8);
  if (index < 0) {
    zip_source_free(source);
    failToWrite(zip_strerror(archive));
  }
  const auto entry = static_cast<zip_uint64_t>(index);
  constexpr zip_uint16_t firstDay = 0x21;  // 1980-01-01: the time of writing does not change the bytes
  if (zip_set_file_compression(archive, entry, ZIP_CM_STORE, 0) != 0 ||
      zip_file_set_dostime(archive, entry, 0, firstDay, 0) != 0)
    failToWrite(zip_strerror(archive));
}

std::vector<std::byte> ZipWriter::finish() {
  if (zip_close(archive_.get()) != 0) failToWrite(zip_strerror(archive_.get()));
  static_cast<void>(archive_.release());  // zip_close freed it
  zip_source_t* source = buffer_.get();
  if (zip_source_open(source) != 0) failToWrite("the result cannot be opened");
  zip_stat_t stat;
  if (zip_source_stat(source, &stat) != 0 || (stat.valid & ZIP_STAT_SIZE) == 0)
    failToWrite("the result has no size");
  std::vector<std::byte> bytes(static_cast<std::size_t>(stat.size));
  const zip_int64_t got = zip_source_read(source, bytes.data(), bytes.size());
  zip_source_close(source);
  if (got < 0 || static_cast<std::size_t>(got) != bytes.size()) failToWrite("the result cannot be read");
  return bytes;
}

}  // namespace cut
