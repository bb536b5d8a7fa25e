// SPDX-License-Identifier: MIT
#include "trainer/data/image_decoders.hpp"

#include <webp/decode.h>
#include <webp/demux.h>

#include <memory>

#include "pictures/exif.hpp"

namespace cut::trainer {
namespace {

using pictures::refuse;

struct Closer {
  void operator()(WebPDemuxer* demuxer) const noexcept { WebPDemuxDelete(demuxer); }
};

struct Frame : WebPIterator {
  explicit Frame(const WebPDemuxer* demuxer) : WebPIterator{} {
    if (WebPDemuxGetFrame(demuxer, 1, this) == 0) refuse("the WebP is damaged: it has no frame");
  }
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;
  ~Frame() { WebPDemuxReleaseIterator(this); }
};

int orientationOf(const WebPDemuxer* demuxer) {
  WebPChunkIterator chunk{};
  if (WebPDemuxGetChunk(demuxer, "EXIF", 1, &chunk) == 0) return 1;
  const int orientation = pictures::exifOrientation({chunk.chunk.bytes, chunk.chunk.size});
  WebPDemuxReleaseChunkIterator(&chunk);
  return orientation;
}

}  // namespace

pictures::RgbImage decodeWebp(pictures::Bytes file, std::int64_t maxPixels) {
  const WebPData data{file.data(), file.size()};
  WebPDemuxState state = WEBP_DEMUX_PARSE_ERROR;
  const std::unique_ptr<WebPDemuxer, Closer> demuxer(WebPDemuxPartial(&data, &state));
  if (demuxer == nullptr || state < WEBP_DEMUX_PARSED_HEADER)
    refuse(state == WEBP_DEMUX_PARSING_HEADER ? "the file is cut short" : "the WebP is damaged");
  auto image = pictures::RgbImage::black(WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_WIDTH),
                                         WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_HEIGHT), maxPixels);
  if (state != WEBP_DEMUX_DONE) refuse("the file is cut short");
  const Frame frame(demuxer.get());
  const bool inside = frame.x_offset >= 0 && frame.y_offset >= 0 && frame.width > 0 && frame.height > 0 &&
                      frame.width <= image.width - frame.x_offset &&
                      frame.height <= image.height - frame.y_offset;
  if (!inside) refuse("the WebP is damaged: its first frame lies outside its canvas");
  std::uint8_t* first = image.row(frame.y_offset) + std::size_t{3} * static_cast<unsigned>(frame.x_offset);
  const auto room = static_cast<std::size_t>(image.pixels.data() + image.pixels.size() - first);
  if (WebPDecodeRGBInto(frame.fragment.bytes, frame.fragment.size, first, room, image.width * 3) == nullptr)
    refuse("the WebP is damaged");
  image.orientation = orientationOf(demuxer.get());
  return image;
}

}  // namespace cut::trainer
