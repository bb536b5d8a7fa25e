// SPDX-License-Identifier: MIT
// Zip archives of stored members.
#include "formats/zip_archive.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zip.h>

#include <algorithm>
#include <cstring>

#include "crafted.hpp"

namespace cut {
namespace {

using namespace std::string_literals;
using test::Bytes;
using testing::HasSubstr;

std::string refusal(const Bytes& bytes) {
  const auto result = test::refusalOf([&] {
    const ZipReader zip{std::span<const std::byte>(bytes)};
    for (const ZipMember& member : zip.members()) zip.read(member);
  });
  EXPECT_EQ(result.kind, ErrorKind::wrongFile) << result.message;
  return result.message;
}

// Replaces every occurrence; `to` is as long as `from`.
Bytes replaced(Bytes bytes, std::string_view from, std::string_view to) {
  std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return test::bytesOf(text);
}

void put(Bytes& bytes, std::size_t at, std::uint32_t value) {
  std::memcpy(&bytes.at(at), &value, sizeof value);
}

std::size_t position(const Bytes& bytes, std::string_view what) {
  return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()).find(what);
}

TEST(ZipReader, ReadsWhatTheWriterWrote) {
  const Bytes bytes = test::archiveOf({{"a/x", "hello"}, {"a/empty", ""}});
  const ZipReader zip{std::span<const std::byte>(bytes)};
  ASSERT_NE(zip.find("a/x"), nullptr);
  EXPECT_EQ(zip.read(*zip.find("a/x")), test::bytesOf("hello"));
  EXPECT_TRUE(zip.read(*zip.find("a/empty")).empty());
  EXPECT_EQ(zip.find("a"), nullptr);
}

TEST(ZipWriter, WritingIsDeterministic) {
  EXPECT_EQ(test::archiveOf({{"a/x", "hello"}}), test::archiveOf({{"a/x", "hello"}}));
}

TEST(ZipReader, RefusesUnsafePaths) {
  for (const std::string& name : {"../x"s, "a/../x"s, "/abs"s, "a\\b"s, "a//b"s, "./x"s, "a/.."s})
    EXPECT_THAT(refusal(test::archiveOf({{name, "x"}})), HasSubstr("not a plain relative path")) << name;
}

TEST(ZipReader, RefusesDuplicateNames) {
  EXPECT_THAT(refusal(replaced(test::archiveOf({{"a/x", "1"}, {"a/y", "2"}}), "a/y", "a/x")),
              HasSubstr("twice"));
}

TEST(ZipReader, RefusesAWrongChecksum) {
  EXPECT_THAT(refusal(replaced(test::archiveOf({{"a/x", "hello"}}), "hello", "jello")), HasSubstr("damaged"));
}

TEST(ZipReader, RefusesCompressedMembers) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* buffer = zip_source_buffer_create(nullptr, 0, 0, &error);
  zip_source_keep(buffer);
  zip_t* archive = zip_open_from_source(buffer, ZIP_TRUNCATE, &error);
  const std::string zeros(100'000, '\0');
  zip_file_add(archive, "a/bomb", zip_source_buffer(archive, zeros.data(), zeros.size(), 0), 0);
  zip_close(archive);
  zip_source_open(buffer);
  Bytes bytes(10'000);
  bytes.resize(static_cast<std::size_t>(zip_source_read(buffer, bytes.data(), bytes.size())));
  zip_source_close(buffer);
  zip_source_free(buffer);
  EXPECT_THAT(refusal(bytes), HasSubstr("compressed"));
}

TEST(ZipReader, RefusesSizesBeyondTheFile) {
  const Bytes good = test::archiveOf({{"a/x", "hello"}});
  const std::size_t entry = position(good, "PK\x01\x02");
  for (const std::uint32_t size : {6U, 1000U, 0x7FFFFFFFU, 0xFFFFFFFEU}) {
    Bytes bytes = good;
    for (const std::size_t at : {entry + 20, entry + 24, std::size_t{18}, std::size_t{22}})
      put(bytes, at, size);
    refusal(bytes);
  }
}

TEST(ZipReader, RefusesMembersThatOverlap) {
  const Bytes good = test::archiveOf({{"a/x", "hello"}, {"a/y", "hello"}});
  const std::size_t first = position(good, "PK\x01\x02");
  Bytes inside = test::archiveOf({{"a/x", std::string(100, ' ')}, {"a/y", "hello"}});
  // Copies the second member's header and content into the first one's content.
  const std::size_t second = position(inside, "a/y") - 30;
  std::copy_n(inside.begin() + static_cast<std::ptrdiff_t>(second), 38, inside.begin() + 40);
  const std::size_t entry = position(inside, "PK\x01\x02") + 46 + 3;
  put(inside, entry + 42, 40);
  EXPECT_THAT(refusal(inside), HasSubstr("overlap"));
  Bytes swapped = good;
  std::swap_ranges(swapped.begin() + static_cast<std::ptrdiff_t>(first),
                   swapped.begin() + static_cast<std::ptrdiff_t>(first) + 49,
                   swapped.begin() + static_cast<std::ptrdiff_t>(first) + 49);
  EXPECT_THAT(refusal(swapped), HasSubstr("out of order"));
}

TEST(ZipReader, RefusesASecondEndRecord) {
  const Bytes good = test::archiveOf({{"a/x", "hello"}});
  const std::size_t end = position(good, "PK\x05\x06");
  Bytes bytes = good;
  bytes.at(end + 20) = std::byte{22};  // the length of its comment: a whole end record
  bytes.insert(bytes.end(), good.begin() + static_cast<std::ptrdiff_t>(end), good.end());
  EXPECT_THAT(refusal(bytes), HasSubstr("two end records"));
}

TEST(ZipReader, RefusesAnEndRecordWithTooManyMembers) {
  Bytes bytes = test::archiveOf({{"a/x", "hello"}});
  const std::size_t end = position(bytes, "PK\x05\x06");
  put(bytes, end + 8, 0xFFF0FFF0);
  refusal(bytes);
}

TEST(ZipReader, RefusesACentralDirectoryLongerThanItsEntries) {
  Bytes bytes = test::archiveOf({{"a/x", "hello"}, {"a/y", "hello"}});
  put(bytes, position(bytes, "PK\x05\x06") + 8, 0x00010001);
  EXPECT_THAT(refusal(bytes), HasSubstr("longer than its entries"));
}

template <typename Number>
std::string bytesOfNumber(Number value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

// Inserts a zip64 end record and its locator before the end record.
Bytes withZip64End(Bytes bytes, std::uint64_t entries, std::uint64_t length, std::uint64_t offset) {
  const std::size_t end = position(bytes, "PK\x05\x06");
  const Bytes record = test::bytesOf(
      "PK\6\6" + bytesOfNumber(std::uint64_t{44}) + bytesOfNumber(std::uint32_t{0x002D002D}) +
      std::string(8, '\0') + bytesOfNumber(entries) + bytesOfNumber(entries) + bytesOfNumber(length) +
      bytesOfNumber(offset) + "PK\6\7\0\0\0\0"s + bytesOfNumber(end) + "\1\0\0\0"s);
  bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(end), record.begin(), record.end());
  return bytes;
}

TEST(ZipReader, ReadsAZip64EndRecordThatAgrees) {
  const Bytes good = test::archiveOf({{"a/x", "hello"}, {"a/y", "hello"}});
  const std::size_t table = position(good, "PK\x01\x02");
  const std::size_t end = position(good, "PK\x05\x06");
  Bytes saturated = good;
  for (std::size_t at = end + 8; at < end + 20; at += 4) put(saturated, at, 0xFFFFFFFF);
  for (const Bytes& bytes : {good, saturated}) {
    const Bytes both = withZip64End(bytes, 2, end - table, table);
    const ZipReader zip{std::span<const std::byte>(both)};
    EXPECT_EQ(zip.members().size(), 2U);
    EXPECT_EQ(zip.read(*zip.find("a/y")), test::bytesOf("hello"));
  }
}

// Another reader may use either record: both must name the same central directory.
TEST(ZipReader, RefusesAZip64EndRecordThatDisagrees) {
  const Bytes good = test::archiveOf({{"a/x", "hello"}, {"a/y", "hello"}});
  const std::uint32_t table = static_cast<std::uint32_t>(position(good, "PK\x01\x02"));
  const std::size_t end = position(good, "PK\x05\x06");
  Bytes one = good;  // its own end tells of the first entry alone
  put(one, end + 8, 0x00010001);
  put(one, end + 12, 49);
  EXPECT_THAT(refusal(withZip64End(one, 2, 98, table)), HasSubstr("different central directories"));
  EXPECT_THAT(refusal(withZip64End(good, 1, 98, table)), HasSubstr("different central directories"));
  EXPECT_THAT(refusal(withZip64End(good, 2, 98, table - 1)), HasSubstr("different central directories"));
  Bytes saturated = good;
  put(saturated, end + 16, 0xFFFFFFFF);
  EXPECT_THAT(refusal(saturated), HasSubstr("zip64 end record is missing"));
}

TEST(ZipReader, ReadsAMemberWithZip64Sizes) {
  Bytes bytes = test::archiveOf({{"a/x", "hello"}});
  const Bytes extra =
      test::bytesOf("\1\0\x10\0"s + bytesOfNumber(std::uint64_t{5}) + bytesOfNumber(std::uint64_t{5}));
  // In an entry of the central directory the sizes are at 20 and 24 and the length of the extra field at 30,
  // in a local header two bytes earlier.
  for (const std::size_t record : {position(bytes, "PK\x01\x02"), std::size_t{0}}) {
    const std::size_t shift = record == 0 ? 2 : 0;
    const std::size_t behindName = record + (record == 0 ? 30 : 46) + 3;
    put(bytes, record + 20 - shift, 0xFFFFFFFF);
    put(bytes, record + 24 - shift, 0xFFFFFFFF);
    bytes.at(record + 30 - shift) = std::byte{20};
    bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(behindName), extra.begin(), extra.end());
  }
  const std::size_t end = position(bytes, "PK\x05\x06");
  put(bytes, end + 12, 49 + 20);
  put(bytes, end + 16, static_cast<std::uint32_t>(position(bytes, "PK\x01\x02")));
  const ZipReader zip{std::span<const std::byte>(bytes)};
  EXPECT_EQ(zip.read(*zip.find("a/x")), test::bytesOf("hello"));
}

// At these positions in a local header, without a trace in the central directory: method, checksum, size,
// name.
TEST(ZipReader, RefusesALocalHeaderThatDisagreesWithTheDirectory) {
  const Bytes good = test::archiveOf({{"a/x", "hello"}});
  for (const std::size_t at : {8U, 14U, 22U, 32U}) {
    Bytes bytes = good;
    bytes.at(at) ^= std::byte{1};
    EXPECT_THAT(refusal(bytes), HasSubstr("not the same in its own header")) << at;
  }
}

TEST(ZipReader, ReadsAMemberWhoseChecksumAndSizesFollowItsContent) {
  Bytes bytes = test::archiveOf({{"a/x", "hello"}});
  const std::size_t entry = position(bytes, "PK\x01\x02");
  for (const std::size_t flags : {std::size_t{6}, entry + 8}) bytes.at(flags) |= std::byte{8};
  for (const std::size_t at : {14U, 18U, 22U}) put(bytes, at, 0);
  const ZipReader zip{std::span<const std::byte>(bytes)};
  EXPECT_EQ(zip.read(*zip.find("a/x")), test::bytesOf("hello"));
}

TEST(ZipReader, RefusesEncryptedMembers) {
  Bytes bytes = test::archiveOf({{"a/x", "hello"}});
  const std::size_t entry = position(bytes, "PK\x01\x02");
  for (const std::size_t flags : {std::size_t{6}, entry + 8}) bytes.at(flags) |= std::byte{1};
  EXPECT_THAT(refusal(bytes), HasSubstr("compressed or encrypted"));
}

TEST(ZipReader, RefusesAStoredMemberWithTwoSizes) {
  Bytes bytes = test::archiveOf({{"a/x", "hello"}});
  const std::size_t entry = position(bytes, "PK\x01\x02");
  for (const std::size_t size : {std::size_t{22}, entry + 24}) put(bytes, size, 4);
  EXPECT_THAT(refusal(bytes), HasSubstr("two different sizes"));
}

TEST(ZipReader, RefusesBytesBetweenTheDirectoryAndTheEndRecord) {
  Bytes bytes = test::archiveOf({{"a/x", "hello"}});
  bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(position(bytes, "PK\x05\x06")), std::byte{0});
  EXPECT_THAT(refusal(bytes), HasSubstr("not where it should be"));
}

TEST(ZipReader, RefusesAnArchiveOfSeveralDisks) {
  const Bytes good = test::archiveOf({{"a/x", "hello"}});
  const std::size_t end = position(good, "PK\x05\x06");
  for (const std::size_t at : {end + 4, end + 6, end + 8}) {
    Bytes bytes = good;
    bytes.at(at) = std::byte{7};
    EXPECT_THAT(refusal(bytes), HasSubstr("several disks")) << at;
  }
}

TEST(ZipReader, RefusesTruncationAtEveryByte) {
  const Bytes good = test::archiveOf({{"a/x", "hello"}});
  for (std::size_t length = 1; length < good.size(); ++length)
    refusal(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(length)));
}

}  // namespace
}  // namespace cut
