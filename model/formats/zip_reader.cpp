#include "formats/zip_reader.hpp"

#include <unistd.h>
#include <zip.h>

#include <algorithm>

#include "base/text.hpp"
#include "cuttranslate/error.hpp"
#include "formats/zip_layout.hpp"

namespace cut {
namespace {

struct CloseMember {
  void operator()(zip_file_t* file) const noexcept { zip_fclose(file); }
};

[[noreturn]] void failDamaged(zip_error_t* error) {
  const std::string reason = zip_error_strerror(error);
  const int code = zip_error_code_zip(error);
  zip_error_fini(error);
  if (code == ZIP_ER_EXISTS)
    throw Error(ErrorKind::wrongFile,
                "is a zip archive in which a name comes twice; expected each name once");
  if (code == ZIP_ER_MEMORY)
    throw Error(ErrorKind::outOfMemory, "there is not enough memory to read its table of contents");
  throw Error(ErrorKind::wrongFile,
              "begins as a zip archive but is truncated or damaged (" + reason + "); get it again");
}

[[noreturn]] void failMember(const ZipMember& member, const std::string& what) {
  throw Error(ErrorKind::wrongFile, "its zip member '" + printable(member.name) + "' " + what);
}

bool hasPathTricks(std::string_view name) {
  if (name.empty() || name.front() == '/' || name.find('\\') != std::string_view::npos) return true;
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    const std::string_view part = name.substr(begin, end - begin);
    if (part == "." || part == ".." || (part.empty() && end != name.size())) return true;
    begin = end + 1;
  }
  return false;
}

}  // namespace

void ZipReader::Discard::operator()(zip* archive) const noexcept {
  zip_discard(archive);
}

ZipReader::ZipReader(FileSource file) : fileSize_(file.size()) {
  checkZipLayout(fileSize_,
                 [&file](std::uint64_t offset, std::size_t count) { return file.read(offset, count); });
  const int descriptor = file.release();
  int code = 0;
  archive_.reset(zip_fdopen(descriptor, ZIP_CHECKCONS, &code));
  if (!archive_) {
    ::close(descriptor);  // taken over only on success
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    failDamaged(&error);
  }
  list();
}

ZipReader::ZipReader(std::span<const std::byte> bytes) : fileSize_(bytes.size()) {
  checkZipLayout(fileSize_, [bytes](std::uint64_t offset, std::size_t count) {
    const auto rest = bytes.subspan(static_cast<std::size_t>(std::min<std::uint64_t>(offset, bytes.size())));
    const auto part = rest.first(std::min(count, rest.size()));
    return std::vector<std::byte>(part.begin(), part.end());
  });
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  if (source == nullptr) failDamaged(&error);
  archive_.reset(zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, &error));
  if (!archive_) {
    zip_source_free(source);
    failDamaged(&error);
  }
  zip_error_fini(&error);
  list();
}

void ZipReader::list() {
  const auto count = static_cast<std::uint64_t>(zip_get_num_entries(archive_.get(), 0));
  members_.reserve(static_cast<std::size_t>(count));
  std::uint64_t left = fileSize_;
  for (std::uint64_t index = 0; index < count; ++index) {
    const ZipMember& member = members_.emplace_back(examine(index));
    if (!member.readable) continue;
    if (member.size > left) failMember(member, "claims more bytes than the file has");
    left -= member.size;
  }
  const auto isUnchecked = [](const ZipMember& member) { return member.checksum == 0; };
  const auto isEmpty = [](const ZipMember& member) { return member.size == 0; };
  lacksChecksums_ = std::all_of(members_.begin(), members_.end(), isUnchecked) &&
                    !std::all_of(members_.begin(), members_.end(), isEmpty);
  for (std::size_t i = 0; i < members_.size(); ++i)
    if (!byName_.emplace(members_[i].name, i).second)
      failMember(members_[i], "comes twice; expected each name once");
}

ZipMember ZipReader::examine(std::uint64_t index) const {
  zip_stat_t stat;
  if (zip_stat_index(archive_.get(), index, ZIP_FL_ENC_RAW, &stat) != 0)
    failMember({.name = "", .index = index}, "cannot be examined");
  constexpr zip_uint64_t needed =
      ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD | ZIP_STAT_CRC;
  ZipMember member{(stat.valid & ZIP_STAT_NAME) != 0 ? stat.name : "", stat.size, index, false, stat.crc};
  if ((stat.valid & needed) != needed) failMember(member, "lacks its size or its kind");
  if (hasPathTricks(member.name)) failMember(member, "has a name that is no plain path inside the archive");
  member.readable = stat.comp_method == ZIP_CM_STORE && stat.encryption_method == ZIP_EM_NONE;
  return member;
}

const ZipMember* ZipReader::find(std::string_view name) const {
  const auto found = byName_.find(name);
  return found == byName_.end() ? nullptr : &members_[found->second];
}

std::vector<std::byte> ZipReader::read(const ZipMember& member) const {
  if (!member.readable)
    failMember(member, "is compressed or encrypted; PyTorch stores members as they are: save the file again");
  const std::unique_ptr<zip_file_t, CloseMember> file(
      zip_fopen_index(archive_.get(), member.index, ZIP_FL_UNCHANGED));
  if (!file) failMember(member, "cannot be read (" + std::string(zip_strerror(archive_.get())) + ")");
  std::vector<std::byte> bytes(static_cast<std::size_t>(member.size));
  std::size_t have = 0;
  zip_int64_t got = 1;
  std::byte beyond{};
  while (got > 0) {  // asks once more at the end: only then is the checksum compared
    const bool full = have == bytes.size();
    if (full && lacksChecksums_) break;
    got = zip_fread(file.get(), full ? &beyond : bytes.data() + have, full ? 1 : bytes.size() - have);
    if (got < 0)
      failMember(member, "is damaged (" + std::string(zip_file_strerror(file.get())) + "); get it again");
    if (full && got > 0) failMember(member, "is longer than the archive says");
    have += static_cast<std::size_t>(got);
  }
  if (have != bytes.size()) failMember(member, "is cut short; get it again");
  return bytes;
}

}  // namespace cut
