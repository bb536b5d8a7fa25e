#include "trainer/translate/video_container.hpp"

#include <algorithm>

namespace cut::trainer {
namespace {

VideoCodec h264() {
  return {"H.264", {"libx264", "libopenh264"}, AV_PIX_FMT_YUV420P, true, false, {{"crf", "23"}}};
}

// Quality 2 and 3 of 31 are near what cannot be told from the source.
VideoCodec mpeg4() {
  return {"MPEG-4 part 2",
          {"mpeg4"},
          AV_PIX_FMT_YUV420P,
          true,
          false,
          {{"flags", "+qscale"}, {"global_quality", "354"}}};
}

VideoCodec motionJpeg() {
  return {"Motion JPEG", {"mjpeg"}, AV_PIX_FMT_YUVJ420P,
          false,         true,      {{"flags", "+qscale"}, {"global_quality", "236"}}};
}

VideoCodec vp9() {
  return {"VP9",
          {"libvpx-vp9"},
          AV_PIX_FMT_YUV420P,
          false,
          false,
          {{"crf", "24"}, {"b", "0"}, {"deadline", "good"}, {"cpu-used", "4"}, {"row-mt", "1"}}};
}

VideoCodec vp8() {
  return {"VP8", {"libvpx"}, AV_PIX_FMT_YUV420P,
          false, false,      {{"crf", "10"}, {"b", "8M"}, {"deadline", "good"}, {"cpu-used", "4"}}};
}

const std::vector<VideoContainer>& containers() {
  static const std::vector<VideoContainer> all{
      {".mp4", "mp4", false, {h264(), mpeg4()}}, {".m4v", "mp4", false, {h264(), mpeg4()}},
      {".mov", "mov", false, {h264(), mpeg4()}}, {".mkv", "matroska", false, {h264()}},
      {".webm", "webm", false, {vp9(), vp8()}},  {".avi", "avi", true, {motionJpeg()}}};
  return all;
}

std::string lowerSuffix(const std::filesystem::path& path) {
  std::string suffix = path.extension().string();
  for (char& c : suffix)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return suffix;
}

}  // namespace

const VideoContainer* containerOf(const std::filesystem::path& path) {
  const std::string suffix = lowerSuffix(path);
  const auto found =
      std::find_if(containers().begin(), containers().end(),
                   [&](const VideoContainer& container) { return container.suffix == suffix; });
  return found == containers().end() ? nullptr : &*found;
}

bool isWritableVideoName(const std::filesystem::path& path) {
  return containerOf(path) != nullptr;
}

}  // namespace cut::trainer
