// SPDX-License-Identifier: MIT
#include "trainer/data/frame_filters.hpp"

extern "C" {
#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
}

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "cuttranslate/error.hpp"

namespace cut::trainer {
namespace {

struct FreeGraph {
  void operator()(AVFilterGraph* graph) const noexcept { avfilter_graph_free(&graph); }
};
using GraphPtr = std::unique_ptr<AVFilterGraph, FreeGraph>;

void check(int code, const LibavLog& log) {
  checkMemory(code);
  if (code < 0) throw Error(ErrorKind::internal, "FFmpeg cannot deinterlace: " + log.reason(code));
}

struct Graph {
  GraphPtr graph{avfilter_graph_alloc()};
  AVFilterContext* source = nullptr;
  AVFilterContext* sink = nullptr;

  Graph(const AVFrame& frame, const LibavLog& log) {
    if (!graph) throwOutOfMemory();
    graph->nb_threads = 1;
    const std::string arguments = "width=" + std::to_string(frame.width) +
                                  ":height=" + std::to_string(frame.height) +
                                  ":pix_fmt=" + std::to_string(frame.format) + ":time_base=1/1";
    AVFilterContext* filter = nullptr;
    check(avfilter_graph_create_filter(&source, avfilter_get_by_name("buffer"), "in", arguments.c_str(),
                                       nullptr, graph.get()),
          log);
    check(avfilter_graph_create_filter(&filter, avfilter_get_by_name("bwdif"), "bwdif",
                                       "mode=send_frame:deint=interlaced", nullptr, graph.get()),
          log);
    check(avfilter_graph_create_filter(&sink, avfilter_get_by_name("buffersink"), "out", nullptr, nullptr,
                                       graph.get()),
          log);
    check(avfilter_link(source, 0, filter, 0), log);
    check(avfilter_link(filter, 0, sink, 0), log);
    check(avfilter_graph_config(graph.get(), nullptr), log);
  }
};

bool hasSameFormat(const AVFrame* other, const AVFrame& frame) {
  return other && other->width == frame.width && other->height == frame.height &&
         other->format == frame.format;
}

FramePtr withPts(const AVFrame& frame, std::int64_t time) {
  FramePtr copy(av_frame_clone(&frame));
  if (!copy) throwOutOfMemory();
  copy->pts = time;
  return copy;
}

}  // namespace

FramePtr deinterlaced(const AVFrame* previous, const AVFrame& frame, const AVFrame* next) {
  const LibavLog log;
  const Graph graph(frame, log);
  const bool isFirst = !hasSameFormat(previous, frame);
  const auto push = [&](FramePtr added) { check(av_buffersrc_add_frame(graph.source, added.get()), log); };
  // Only `frame` is to be deinterlaced: bwdif passes progressive frames through.
  const auto neighbour = [&](const AVFrame& other, std::int64_t time) {
    FramePtr copy = withPts(other, time);
    markProgressive(*copy);
    push(std::move(copy));
  };
  if (!isFirst) neighbour(*previous, 0);
  push(withPts(frame, 1));
  if (hasSameFormat(next, frame)) neighbour(*next, 2);
  check(av_buffersrc_close(graph.source, 3, 0), log);
  FramePtr result = newFrame();
  check(av_buffersink_get_frame(graph.sink, result.get()), log);
  if (isFirst) return result;
  av_frame_unref(result.get());
  check(av_buffersink_get_frame(graph.sink, result.get()), log);
  return result;
}

// A point (x, y) is shown at (a x + c y, b x + d y), plus a translation, which does not matter here. The
// matrix is a, b, u, c, d, v, ...
Orientation orientationOf(const AVFrame& frame, const AVStream& stream, const std::string& name) {
  const std::int32_t* matrix = displayMatrix(frame, stream);
  if (!matrix) return {};
  const std::int64_t a = matrix[0];
  const std::int64_t b = matrix[1];
  const std::int64_t c = matrix[3];
  const std::int64_t d = matrix[4];
  constexpr std::int64_t tolerance = 100;  // of one hundredth, half a degree
  const auto small = [](std::int64_t value, std::int64_t beside) {
    return std::abs(value) * tolerance <= std::abs(beside);
  };
  if (a != 0 && d != 0 && small(b, a) && small(c, d))
    return {.transposed = false, .mirrored = a < 0, .flipped = d < 0};
  if (b != 0 && c != 0 && small(a, b) && small(d, c))
    return {.transposed = true, .mirrored = c < 0, .flipped = b < 0};
  if (a == 0 && b == 0 && c == 0 && d == 0) return {};
  throw Error(ErrorKind::unsupported,
              name +
                  ": expected frames rotated by 0, 90, 180 or 270 degrees; rotate it first, with "
                  "ffmpeg -i IN -c:a copy OUT.mp4");
}

Picture oriented(Picture picture, const Orientation& orientation) {
  if (orientation == Orientation{}) return picture;
  const int width = orientation.transposed ? picture.height : picture.width;
  const int height = orientation.transposed ? picture.width : picture.height;
  Picture upright(width, height, picture.channels);
  for (int y = 0; y < height; ++y) {
    std::uint8_t* to = upright.row(y);
    const int fromY = orientation.flipped ? height - 1 - y : y;
    for (int x = 0; x < width; ++x, to += picture.channels) {
      const int fromX = orientation.mirrored ? width - 1 - x : x;
      const int row = orientation.transposed ? fromX : fromY;
      const int column = orientation.transposed ? fromY : fromX;
      std::copy_n(picture.row(row) + static_cast<std::size_t>(column) * picture.channels, picture.channels,
                  to);
    }
  }
  return upright;
}

}  // namespace cut::trainer
