// SPDX-License-Identifier: MIT
#include "pictures/jpeg_image.hpp"

#include <csetjmp>
#include <cstdio>
#include <utility>

// These two need <cstdio> before them.
#include <jpeglib.h>

#include <jerror.h>

#include "pictures/exif.hpp"

namespace cut::pictures {
namespace {

// Real progressive files have about ten scans. Each one takes the time of the whole picture.
constexpr int maxScans = 500;

class JpegReader {
 public:
  JpegReader() {
    jpeg_.err = jpeg_std_error(&errors_);
    jpeg_.client_data = this;
    errors_.error_exit = [](j_common_ptr jpeg) { self(jpeg).fail(); };
    errors_.emit_message = [](j_common_ptr jpeg, int level) { self(jpeg).recordWarning(level); };
    errors_.output_message = [](j_common_ptr) {};
    monitor_.progress_monitor = [](j_common_ptr jpeg) { self(jpeg).countScans(); };
  }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;
  ~JpegReader() { jpeg_destroy_decompress(&jpeg_); }

  RgbImage read(Bytes file, std::int64_t maxPixels) {
    check(guarded([&] { begin(file); }));
    RgbImage image = RgbImage::black(jpeg_.image_width, jpeg_.image_height, maxPixels);
    image.orientation = orientation();
    const bool isCmyk = jpeg_.jpeg_color_space == JCS_CMYK || jpeg_.jpeg_color_space == JCS_YCCK;
    std::vector<std::uint8_t> row(isCmyk ? static_cast<std::size_t>(image.width) * 4 : 0);
    check(guarded([&] { isCmyk ? readCmykRows(image, row.data()) : readRows(image); }));
    if (truncated_) refuse("the file is cut short");
    if (damaged_) check(false);
    return image;
  }

 private:
  static JpegReader& self(j_common_ptr jpeg) { return *static_cast<JpegReader*>(jpeg->client_data); }

  // False where libjpeg failed: then longjmp() has left `work`, so that it must hold no object with a
  // destructor.
  template <typename Work>
  bool guarded(const Work& work) {
    if (setjmp(escape_) != 0) return false;
    work();
    return true;
  }

  [[noreturn]] void fail() {
    errors_.format_message(reinterpret_cast<j_common_ptr>(&jpeg_), message_);
    std::longjmp(escape_, 1);
  }

  // libjpeg warns of harmless bytes between segments as well as of lost pixels.
  void recordWarning(int level) {
    if (level >= 0) return;
    const int code = errors_.msg_code;
    truncated_ = truncated_ || code == JWRN_JPEG_EOF;
    const bool lost = code == JWRN_HIT_MARKER || code == JWRN_HUFF_BAD_CODE || code == JWRN_MUST_RESYNC ||
                      code == JWRN_ARITH_BAD_CODE || code == JWRN_BOGUS_PROGRESSION;
    if (!lost || damaged_) return;
    damaged_ = true;
    errors_.format_message(reinterpret_cast<j_common_ptr>(&jpeg_), message_);
  }

  void countScans() {
    if (jpeg_.input_scan_number <= maxScans) return;
    std::snprintf(message_, sizeof message_, "it has more than %d scans", maxScans);
    std::longjmp(escape_, 1);
  }

  void check(bool succeeded) const {
    if (succeeded) return;
    if (truncated_) refuse("the file is cut short");
    refuse(std::string("the JPEG is damaged or of an unsupported kind: ") + message_);
  }

  void begin(Bytes file) {
    jpeg_create_decompress(&jpeg_);
    jpeg_.progress = &monitor_;
    jpeg_save_markers(&jpeg_, JPEG_APP0 + 1, 0xffff);
    jpeg_mem_src(&jpeg_, file.data(), file.size());
    jpeg_read_header(&jpeg_, TRUE);
  }

  int orientation() const {
    for (auto* marker = jpeg_.marker_list; marker != nullptr; marker = marker->next) {
      const Bytes data(marker->data, marker->data_length);
      if (hasAt(data, 0, std::string_view("Exif\0", 5))) return exifOrientation(data);
    }
    return 1;
  }

  void readRows(RgbImage& image) {
    jpeg_.out_color_space = JCS_RGB;
    jpeg_start_decompress(&jpeg_);
    while (jpeg_.output_scanline < jpeg_.output_height) {
      JSAMPROW row = image.row(jpeg_.output_scanline);
      jpeg_read_scanlines(&jpeg_, &row, 1);
    }
    jpeg_finish_decompress(&jpeg_);
  }

  void readCmykRows(RgbImage& image, JSAMPROW row) {
    jpeg_.out_color_space = JCS_CMYK;
    jpeg_start_decompress(&jpeg_);
    while (jpeg_.output_scanline < jpeg_.output_height) {
      std::uint8_t* rgb = image.row(jpeg_.output_scanline);
      jpeg_read_scanlines(&jpeg_, &row, 1);
      for (int x = 0; x < image.width; ++x) {
        for (int c = 0; c < 4; ++c) row[4 * x + c] = static_cast<JSAMPLE>(255 - row[4 * x + c]);
        cmykToRgb(row + 4 * x, rgb + 3 * x);
      }
    }
    jpeg_finish_decompress(&jpeg_);
  }

  jpeg_decompress_struct jpeg_{};
  jpeg_error_mgr errors_{};
  jpeg_progress_mgr monitor_{};
  std::jmp_buf escape_{};
  char message_[JMSG_LENGTH_MAX]{};
  bool truncated_ = false;
  bool damaged_ = false;
};

}  // namespace

RgbImage decodeJpeg(Bytes file, std::int64_t maxPixels) {
  return JpegReader().read(file, maxPixels);
}

}  // namespace cut::pictures
