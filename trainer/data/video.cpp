#include "trainer/data/video.hpp"

#include <string>
#include <utility>

#include "cuttranslate/error.hpp"
#include "trainer/data/decoded_frames.hpp"
#include "trainer/data/deinterlacer.hpp"
#include "trainer/data/video_colours.hpp"
#include "trainer/data/video_index.hpp"
#include "trainer/data/video_orientation.hpp"

namespace cut::trainer {

class VideoReader::Frames {
 public:
  Picture read(const VideoIndex& index, std::int64_t number) {
    const std::string name = index.path().string() + ": frame " + std::to_string(number);
    if (number < 0 || number >= index.frames())
      throw Error(ErrorKind::wrongFile,
                  name + ": the video has " + std::to_string(index.frames()) + " frames");
    Shared frame = decoded_.get(index, number);
    if (isDamaged(*frame->frame)) throw Error(ErrorKind::wrongFile, name + " is damaged");
    const Orientation orientation = frame->orientation;
    if (!isInterlaced(*frame->frame)) return oriented(toPicture(*frame->frame, name), orientation);
    const Shared before = number > 0 ? decoded_.get(index, number - 1) : nullptr;
    const Shared after = number + 1 < index.frames() ? decoded_.get(index, number + 1) : nullptr;
    const FramePtr whole = deinterlaced(before ? before->frame.get() : nullptr, *frame->frame,
                                        after ? after->frame.get() : nullptr);
    return oriented(toPicture(*whole, name), orientation);
  }

 private:
  using Shared = std::shared_ptr<const DecodedFrames::Frame>;

  DecodedFrames decoded_;
};

VideoReader::VideoReader() : frames_(std::make_unique<Frames>()) {}
VideoReader::~VideoReader() = default;

Picture VideoReader::read(const VideoIndex& index, std::int64_t frame) {
  return frames_->read(index, frame);
}

}  // namespace cut::trainer
