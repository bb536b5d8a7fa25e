// SPDX-License-Identifier: MIT
// Milliseconds of YUV frames to a network's floats and back, beside GstVideoConverter's to 8-bit RGB and
// back: yuv-bench WIDTH HEIGHT THREADS ROUNDS FORMAT...
//
// Both in turns; the median of the rounds, with the least and the most.
#include <gst/video/video.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "backends/cpu/thread_pool.hpp"
#include "frame_translator.hpp"
#include "kernels/image/yuv_conversion.hpp"
#include "video_frame.hpp"

namespace {

using namespace cut;

double milliseconds(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

struct Times {
  std::vector<double> rounds;

  void print(const char* what) {
    std::sort(rounds.begin(), rounds.end());
    std::printf("  %s %6.2f (%.2f to %.2f)", what, rounds[rounds.size() / 2], rounds.front(), rounds.back());
  }
};

GstVideoInfo infoOf(GstVideoFormat format, int width, int height) {
  GstVideoInfo info;
  gst_video_info_set_format(&info, format, static_cast<guint>(width), static_cast<guint>(height));
  return info;
}

using Converter = std::unique_ptr<GstVideoConverter, decltype(&gst_video_converter_free)>;

Converter makeConverter(const GstVideoInfo& from, const GstVideoInfo& to, int threads) {
  GstStructure* options = gst_structure_new("options", GST_VIDEO_CONVERTER_OPT_THREADS, G_TYPE_UINT,
                                            static_cast<guint>(threads), nullptr);
  return {gst_video_converter_new(&from, &to, options), &gst_video_converter_free};
}

void measure(const char* name, int width, int height, int threads, int rounds) {
  const GstVideoInfo info = infoOf(gst_video_format_from_string(name), width, height);
  const GstVideoInfo rgb = infoOf(GST_VIDEO_FORMAT_RGB, width, height);
  gst::ScratchFrame in(info), out(info), between(rgb);
  std::minstd_rand random(1);
  GstVideoFrame* frame = in.get();
  for (gsize i = 0; i < info.size; ++i)
    static_cast<guint8*>(frame->data[0])[i] = static_cast<guint8>(random() >> 8);
  const Converter toRgb = makeConverter(info, rgb, threads), fromRgb = makeConverter(rgb, info, threads);
  const auto format = std::get<YuvFormat>(gst::pixelFormat(info));
  const YuvView source = gst::viewOf(*in.get(), format);
  const MutableYuvView target = gst::mutableViewOf(*out.get(), format);
  const Size padded = cpu::paddedSize({width, height}, 4);
  std::vector<float> floats(std::size_t{3} * static_cast<std::size_t>(padded.width) *
                            static_cast<std::size_t>(padded.height));
  const cpu::MutableFloatImage image{floats.data(), 1, std::ptrdiff_t{3} * padded.width, 3};
  cpu::ThreadPool pool(threads);
  Times theirIn, theirOut, ourIn, ourOut;
  for (int round = -1; round < rounds; ++round) {
    const double times[] = {
        milliseconds([&] { gst_video_converter_frame(toRgb.get(), in.get(), between.get()); }),
        milliseconds([&] { gst_video_converter_frame(fromRgb.get(), between.get(), out.get()); }),
        milliseconds([&] { cpu::unpack(source, image, padded, pool); }), milliseconds([&] {
          cpu::pack({image.data, 1, image.rowStride, 3}, source, target, pool);
        })};
    if (round < 0) continue;  // warms caches and memory up
    theirIn.rounds.push_back(times[0]);
    theirOut.rounds.push_back(times[1]);
    ourIn.rounds.push_back(times[2]);
    ourOut.rounds.push_back(times[3]);
  }
  std::printf("%-10s %dx%d, %d threads:", name, width, height, threads);
  theirIn.print("GstVideoConverter to RGB");
  theirOut.print("from RGB");
  ourIn.print("| cut to floats");
  ourOut.print("from floats");
  std::printf("\n");
}

}  // namespace

int main(int argc, char** argv) {
  gst_init(nullptr, nullptr);
  if (argc < 6) {
    std::fprintf(stderr, "usage: yuv-bench WIDTH HEIGHT THREADS ROUNDS FORMAT...\n");
    return 2;
  }
  for (int i = 5; i < argc; ++i)
    measure(argv[i], std::atoi(argv[1]), std::atoi(argv[2]), std::atoi(argv[3]), std::atoi(argv[4]));
}
