// SPDX-License-Identifier: MIT
// What eight streams that share one model translate together, beside one alone, in turns:
// streams-bench MODEL WIDTH HEIGHT SECONDS TURNS [ENGINE]
#include <gst/gst.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "pipeline.hpp"

namespace {

using cut::bench::Unref;

struct Options {
  std::string model;
  int width = 0, height = 0;
  double seconds = 0;
  int turns = 0;
  std::string engine = "auto";
};

// One stream, of a source that is never late, and how many frames came out of it.
class Counted {
 public:
  explicit Counted(const Options& options) {
    GError* error = nullptr;
    const std::string line = "videotestsrc ! video/x-raw,format=RGB,width=" + std::to_string(options.width) +
                             ",height=" + std::to_string(options.height) +
                             " ! cuttranslate device=cpu name=translate ! fakesink sync=false name=sink";
    pipeline_.reset(gst_parse_launch(line.c_str(), &error));
    if (error != nullptr) {
      const std::string message = error->message;
      g_error_free(error);
      throw std::runtime_error(message);
    }
    const auto translate = member("translate");
    g_object_set(translate.get(), "model", options.model.c_str(), nullptr);
    gst_util_set_object_arg(G_OBJECT(translate.get()), "engine", options.engine.c_str());
    const auto sink = member("sink");
    const std::unique_ptr<GstPad, Unref> pad(gst_element_get_static_pad(sink.get(), "sink"));
    gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_BUFFER, &Counted::count, this, nullptr);
  }
  ~Counted() { gst_element_set_state(pipeline_.get(), GST_STATE_NULL); }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

  void play() {
    gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
    if (gst_element_get_state(pipeline_.get(), nullptr, nullptr, GST_CLOCK_TIME_NONE) !=
        GST_STATE_CHANGE_SUCCESS)
      throw std::runtime_error("the pipeline does not play; try the line with gst-launch-1.0");
  }
  long frames() const { return frames_; }

 private:
  std::unique_ptr<GstElement, Unref> member(const char* name) const {
    return std::unique_ptr<GstElement, Unref>(gst_bin_get_by_name(GST_BIN(pipeline_.get()), name));
  }
  static GstPadProbeReturn count(GstPad* /*pad*/, GstPadProbeInfo* /*info*/, gpointer self) {
    ++static_cast<Counted*>(self)->frames_;
    return GST_PAD_PROBE_OK;
  }

  std::unique_ptr<GstElement, Unref> pipeline_;
  std::atomic<long> frames_ = 0;
};

// Frames per second of each of `count` streams, once all of them have begun.
std::vector<double> ratesOf(const Options& options, int count) {
  std::vector<std::unique_ptr<Counted>> streams;
  for (int i = 0; i < count; ++i) streams.push_back(std::make_unique<Counted>(options));
  for (const auto& stream : streams) stream->play();
  std::vector<long> before;
  for (const auto& stream : streams) before.push_back(stream->frames());
  const auto begin = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(std::chrono::duration<double>(options.seconds));
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin;
  std::vector<double> rates;
  for (std::size_t i = 0; i < streams.size(); ++i)
    rates.push_back(static_cast<double>(streams[i]->frames() - before[i]) / passed.count());
  return rates;
}

double sum(const std::vector<double>& values) {
  double total = 0;
  for (const double value : values) total += value;
  return total;
}

void run(const Options& options) {
  constexpr int many = 8;
  std::vector<double> ratios;
  for (int turn = 0; turn < options.turns; ++turn) {
    const double alone = sum(ratesOf(options, 1));
    const std::vector<double> together = ratesOf(options, many);
    ratios.push_back(sum(together) / alone);
    const auto [least, most] = std::minmax_element(together.begin(), together.end());
    std::printf("one stream %6.2f frames/s, %d streams %6.2f (each %.2f to %.2f), ratio %.3f\n", alone, many,
                sum(together), *least, *most, ratios.back());
    std::fflush(stdout);
  }
  std::sort(ratios.begin(), ratios.end());
  std::printf("ratio: median %.3f, %.3f to %.3f\n", ratios[ratios.size() / 2], ratios.front(), ratios.back());
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc < 6 || argc > 7)
      throw std::invalid_argument("expected: MODEL WIDTH HEIGHT SECONDS TURNS [ENGINE]");
    gst_init(nullptr, nullptr);
    Options options{argv[1], std::stoi(argv[2]), std::stoi(argv[3]), std::stod(argv[4]), std::stoi(argv[5])};
    if (argc > 6) options.engine = argv[6];
    run(options);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
    return 1;
  }
}
