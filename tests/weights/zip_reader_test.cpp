// The zip layer under PyTorch's archives.
#include "weights/zip_reader.hpp"

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

TEST(ZipReader, GivesTheSameBytesForTheSameMembers) {
  EXPECT_EQ(test::archiveOf({{"a/x", "hello"}}), test::archiveOf({{"a/x", "hello"}}));
}

TEST(ZipReader, RefusesNamesThatLeaveTheArchive) {
  for (const std::string& name : {"../x"s, "a/../x"s, "/abs"s, "a\\b"s, "a//b"s, "./x"s, "a/.."s})
    EXPECT_THAT(refusal(test::archiveOf({{name, "x"}})), HasSubstr("no plain path")) << name;
}

TEST(ZipReader, RefusesANameThatComesTwice) {
  EXPECT_THAT(refusal(replaced(test::archiveOf({{"a/x", "1"}, {"a/y", "2"}}), "a/y", "a/x")),
              HasSubstr("twice"));
}

TEST(ZipReader, RefusesAMemberWhoseContentChanged) {
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
  // The second member's record and content, moved into the first one's content.
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

TEST(ZipReader, RefusesASecondEnd) {
  const Bytes good = test::archiveOf({{"a/x", "hello"}});
  const std::size_t end = position(good, "PK\x05\x06");
  Bytes bytes = good;
  bytes.at(end + 20) = std::byte{22};  // the length of its comment: a whole end record
  bytes.insert(bytes.end(), good.begin() + static_cast<std::ptrdiff_t>(end), good.end());
  EXPECT_THAT(refusal(bytes), HasSubstr("two ends"));
}

TEST(ZipReader, RefusesAnEndThatPromisesMoreMembersThanThereAre) {
  Bytes bytes = test::archiveOf({{"a/x", "hello"}});
  const std::size_t end = position(bytes, "PK\x05\x06");
  put(bytes, end + 8, 0xFFF0FFF0);
  refusal(bytes);
}

TEST(ZipReader, RefusesWhatIsCutShort) {
  const Bytes good = test::archiveOf({{"a/x", "hello"}});
  for (std::size_t length = 1; length < good.size(); ++length)
    refusal(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(length)));
}

}  // namespace
}  // namespace cut
