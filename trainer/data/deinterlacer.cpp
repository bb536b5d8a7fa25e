#include "trainer/data/deinterlacer.hpp"

extern "C" {
#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
}

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

bool isLike(const AVFrame* other, const AVFrame& frame) {
  return other && other->width == frame.width && other->height == frame.height &&
         other->format == frame.format;
}

FramePtr stamped(const AVFrame& frame, std::int64_t time) {
  FramePtr copy(av_frame_clone(&frame));
  if (!copy) throwOutOfMemory();
  copy->pts = time;
  return copy;
}

}  // namespace

FramePtr deinterlaced(const AVFrame* before, const AVFrame& frame, const AVFrame* after) {
  const LibavLog log;
  const Graph graph(frame, log);
  const bool first = !isLike(before, frame);
  const auto push = [&](FramePtr next) { check(av_buffersrc_add_frame(graph.source, next.get()), log); };
  // Neighbours that are marked as progressive pass without work.
  const auto neighbour = [&](const AVFrame& other, std::int64_t time) {
    FramePtr copy = stamped(other, time);
    markProgressive(*copy);
    push(std::move(copy));
  };
  if (!first) neighbour(*before, 0);
  push(stamped(frame, 1));
  if (isLike(after, frame)) neighbour(*after, 2);
  check(av_buffersrc_close(graph.source, 3, 0), log);
  FramePtr result = newFrame();
  check(av_buffersink_get_frame(graph.sink, result.get()), log);
  if (first) return result;
  av_frame_unref(result.get());
  check(av_buffersink_get_frame(graph.sink, result.get()), log);
  return result;
}

}  // namespace cut::trainer
