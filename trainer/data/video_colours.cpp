// SPDX-License-Identifier: MIT
#include "trainer/data/video_colours.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "cuttranslate/error.hpp"

namespace cut::trainer {
namespace {

constexpr int maxSdHeight = 576;

bool isRgb(const AVPixFmtDescriptor& format) {
  return (format.flags & AV_PIX_FMT_FLAG_RGB) != 0;
}

bool isPalette(const AVPixFmtDescriptor& format) {
  return (format.flags & AV_PIX_FMT_FLAG_PAL) != 0;
}

const char* nameOr(const char* name, const char* other) {
  return name ? name : other;
}

// An ffmpeg command that converts the video to a supported one.
std::string conversionHint(const std::string& filter) {
  return "; convert it first, with ffmpeg -i IN -vf " + filter + " -c:a copy OUT.mp4";
}

const AVPixFmtDescriptor& formatOf(const AVFrame& frame, const std::string& name) {
  constexpr std::uint64_t unsupportedFlags =
      AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_FLOAT | AV_PIX_FMT_FLAG_BAYER;
  const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  if (!format || (format->flags & unsupportedFlags) != 0 || frame.format == AV_PIX_FMT_XYZ12LE ||
      frame.format == AV_PIX_FMT_XYZ12BE)
    throw Error(ErrorKind::unsupported,
                name + ": expected a YUV, RGB or grey pixel format of integers, got " +
                    (format ? format->name : "none") + conversionHint("format=yuv420p"));
  return *format;
}

void refuseHdr(const AVFrame& frame, const std::string& name) {
  const char* what = nullptr;
  switch (frame.color_trc) {
    case AVCOL_TRC_SMPTE2084:
      what = "HDR (PQ)";
      break;
    case AVCOL_TRC_ARIB_STD_B67:
      what = "HDR (HLG)";
      break;
    case AVCOL_TRC_LINEAR:
      what = "linear light";
      break;
    case AVCOL_TRC_LOG:
    case AVCOL_TRC_LOG_SQRT:
      what = "a logarithmic curve";
      break;
    case AVCOL_TRC_SMPTE428:
      what = "digital cinema (SMPTE 428)";
      break;
    default:
      return;
  }
  throw Error(ErrorKind::unsupported,
              name + ": expected a video for SDR displays, got " + what +
                  conversionHint("zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=hable,"
                                 "zscale=t=bt709:m=bt709:r=limited,format=yuv420p"));
}

// Row `y` of component `c`, unpacked to floats.
void readRow(const AVFrame& frame, const AVPixFmtDescriptor& format, int c, int y, std::vector<float>& row) {
  thread_local std::vector<std::uint16_t> samples;
  samples.resize(row.size());
  std::array<const std::uint8_t*, 4> data{frame.data[0], frame.data[1], frame.data[2], frame.data[3]};
  std::array<int, 4> strides{frame.linesize[0], frame.linesize[1], frame.linesize[2], frame.linesize[3]};
  // Palette entries are stored as B, G, R, A on little-endian machines.
  const int component = isPalette(format) ? 2 - c : c;
  av_read_image_line2(samples.data(), data.data(), strides.data(), &format, 0, y, component,
                      static_cast<int>(row.size()), isPalette(format) ? 1 : 0, sizeof(std::uint16_t));
  std::copy(samples.begin(), samples.end(), row.begin());
}

// Position of a chroma sample relative to the luma samples that share it: 0 at the first, 1 at the last.
double horizontalSite(AVChromaLocation site) {
  const bool centre = site == AVCHROMA_LOC_CENTER || site == AVCHROMA_LOC_TOP || site == AVCHROMA_LOC_BOTTOM;
  return centre ? 0.5 : 0;
}

double verticalSite(AVChromaLocation site) {
  switch (site) {
    case AVCHROMA_LOC_TOPLEFT:
    case AVCHROMA_LOC_TOP:
      return 0;
    case AVCHROMA_LOC_BOTTOMLEFT:
    case AVCHROMA_LOC_BOTTOM:
      return 1;
    default:
      return 0.5;
  }
}

// Linear interpolation at a position of the luma grid: two chroma samples and the weight of the second.
struct LinearTap {
  int first = 0;
  int second = 0;
  float weight = 0;
};

LinearTap linearTap(int position, int log2Step, double site, int count) {
  const int step = 1 << log2Step;
  const double exact = (position - site * (step - 1)) / step;
  const double floor = std::floor(exact);
  const auto clamp = [count](double value) {
    return static_cast<int>(std::clamp<double>(value, 0, count - 1));
  };
  return {clamp(floor), clamp(floor + 1), static_cast<float>(exact - floor)};
}

std::uint8_t toByte(float value) {
  return static_cast<std::uint8_t>(std::lrint(std::clamp(value, 0.0F, 255.0F)));
}

// Chroma rows of a frame, upsampled to luma resolution. The last two are cached.
class ChromaRows {
 public:
  ChromaRows(const AVFrame& frame, const AVPixFmtDescriptor& format, int component, AVChromaLocation site)
      : frame_(frame),
        format_(format),
        component_(component),
        site_(site),
        count_(AV_CEIL_RSHIFT(frame.height, format.log2_chroma_h)),
        samples_(AV_CEIL_RSHIFT(frame.width, format.log2_chroma_w)) {
    for (int x = 0; x < frame.width; ++x)
      columnTaps_.push_back(
          linearTap(x, format.log2_chroma_w, horizontalSite(site), static_cast<int>(samples_.size())));
    for (Row& row : rows_) row.values.resize(frame.width);
  }

  void read(int y, std::vector<float>& to) {
    const LinearTap tap = linearTap(y, format_.log2_chroma_h, verticalSite(site_), count_);
    const std::vector<float>& first = row(tap.first);
    if (tap.weight == 0) {
      to = first;
      return;
    }
    const std::vector<float>& second = row(tap.second);
    for (std::size_t x = 0; x < to.size(); ++x) to[x] = first[x] + tap.weight * (second[x] - first[x]);
  }

 private:
  struct Row {
    int y = -1;
    std::vector<float> values;
  };

  // Adjacent rows have different parity, so that the two rows of a tap are in the cache together.
  const std::vector<float>& row(int y) {
    Row& cached = rows_[static_cast<std::size_t>(y % 2)];
    if (cached.y == y) return cached.values;
    cached.y = y;
    readRow(frame_, format_, component_, y, samples_);
    for (std::size_t x = 0; x < columnTaps_.size(); ++x) {
      const LinearTap& tap = columnTaps_[x];
      cached.values[x] = samples_[tap.first] + tap.weight * (samples_[tap.second] - samples_[tap.first]);
    }
    return cached.values;
  }

  const AVFrame& frame_;
  const AVPixFmtDescriptor& format_;
  int component_;
  AVChromaLocation site_;
  int count_;
  std::vector<float> samples_;
  std::vector<LinearTap> columnTaps_;
  std::array<Row, 2> rows_;
};

// Maps samples of `depth` bits to [0, 255]: value * gain + offset.
struct Scale {
  float gain = 1;
  float offset = 0;
};

Scale lumaScale(bool fullRange, int depth) {
  if (fullRange) return {255.0F / static_cast<float>((1 << depth) - 1), 0};
  const double step = 255.0 / 219.0 / std::ldexp(1.0, depth - 8);
  return {static_cast<float>(step), static_cast<float>(-16.0 * 255.0 / 219.0)};
}

Scale chromaScale(bool fullRange, int depth) {
  const double step = fullRange ? 255.0 / ((1 << depth) - 1) : 255.0 / 224.0 / std::ldexp(1.0, depth - 8);
  return {static_cast<float>(step), static_cast<float>(-step * std::ldexp(1.0, depth - 1))};
}

Picture fromRgb(const AVFrame& frame, const AVPixFmtDescriptor& format) {
  Picture picture(frame.width, frame.height, 3);
  std::vector<float> row(frame.width);
  for (int c = 0; c < 3; ++c) {
    const int depth = isPalette(format) ? 8 : format.comp[c].depth;
    const Scale scale = lumaScale(frame.color_range != AVCOL_RANGE_MPEG, depth);
    for (int y = 0; y < frame.height; ++y) {
      readRow(frame, format, c, y, row);
      std::uint8_t* to = picture.row(y) + c;
      for (const float value : row) {
        *to = toByte(value * scale.gain + scale.offset);
        to += 3;
      }
    }
  }
  return picture;
}

Picture fromGrey(const AVFrame& frame, const AVPixFmtDescriptor& format, bool fullRange) {
  Picture picture(frame.width, frame.height, 3);
  const Scale scale = lumaScale(fullRange, format.comp[0].depth);
  std::vector<float> row(frame.width);
  for (int y = 0; y < frame.height; ++y) {
    readRow(frame, format, 0, y, row);
    std::uint8_t* to = picture.row(y);
    for (const float value : row) to = std::fill_n(to, 3, toByte(value * scale.gain + scale.offset));
  }
  return picture;
}

Picture fromYuv(const AVFrame& frame, const AVPixFmtDescriptor& format, const VideoColours& colours) {
  Picture picture(frame.width, frame.height, 3);
  const LumaCoefficients luma = *lumaCoefficients(colours.matrix);
  const Scale y8 = lumaScale(colours.fullRange, format.comp[0].depth);
  const Scale c8 = chromaScale(colours.fullRange, format.comp[1].depth);
  const auto redFromV = static_cast<float>(2 * (1 - luma.kr));
  const auto blueFromU = static_cast<float>(2 * (1 - luma.kb));
  const auto greenFromU = static_cast<float>(-2 * (1 - luma.kb) * luma.kb / luma.kg());
  const auto greenFromV = static_cast<float>(-2 * (1 - luma.kr) * luma.kr / luma.kg());
  ChromaRows chromaU(frame, format, 1, colours.site);
  ChromaRows chromaV(frame, format, 2, colours.site);
  std::vector<float> rowY(frame.width);
  std::vector<float> rowU(frame.width);
  std::vector<float> rowV(frame.width);
  for (int row = 0; row < frame.height; ++row) {
    readRow(frame, format, 0, row, rowY);
    chromaU.read(row, rowU);
    chromaV.read(row, rowV);
    std::uint8_t* to = picture.row(row);
    for (int x = 0; x < frame.width; ++x, to += 3) {
      const float y = rowY[x] * y8.gain + y8.offset;
      const float u = rowU[x] * c8.gain + c8.offset;
      const float v = rowV[x] * c8.gain + c8.offset;
      to[0] = toByte(y + redFromV * v);
      to[1] = toByte(y + greenFromU * u + greenFromV * v);
      to[2] = toByte(y + blueFromU * u);
    }
  }
  return picture;
}

bool isJpeg(int format) {
  return format == AV_PIX_FMT_YUVJ420P || format == AV_PIX_FMT_YUVJ422P || format == AV_PIX_FMT_YUVJ444P ||
         format == AV_PIX_FMT_YUVJ440P || format == AV_PIX_FMT_YUVJ411P;
}

}  // namespace

std::optional<LumaCoefficients> lumaCoefficients(AVColorSpace matrix) noexcept {
  switch (matrix) {
    case AVCOL_SPC_BT709:
      return LumaCoefficients{0.2126, 0.0722};
    case AVCOL_SPC_FCC:
      return LumaCoefficients{0.30, 0.11};
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_SMPTE170M:
      return LumaCoefficients{0.299, 0.114};
    case AVCOL_SPC_SMPTE240M:
      return LumaCoefficients{0.212, 0.087};
    case AVCOL_SPC_BT2020_NCL:
      return LumaCoefficients{0.2627, 0.0593};
    default:
      return {};
  }
}

AVColorSpace matrixByHeight(int height) noexcept {
  return height > maxSdHeight ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
}

VideoColours coloursOf(const AVFrame& frame, const std::string& name) {
  const AVPixFmtDescriptor& format = formatOf(frame, name);
  refuseHdr(frame, name);
  VideoColours colours{frame.colorspace, frame.color_range == AVCOL_RANGE_JPEG || isJpeg(frame.format),
                       frame.chroma_location};
  if (colours.site == AVCHROMA_LOC_UNSPECIFIED) colours.site = AVCHROMA_LOC_LEFT;
  if (isRgb(format) || isPalette(format)) {
    colours.matrix = AVCOL_SPC_RGB;
    colours.fullRange = frame.color_range != AVCOL_RANGE_MPEG;
    return colours;
  }
  if (format.nb_components < 3) colours.fullRange = frame.color_range != AVCOL_RANGE_MPEG;
  // A matrix of RGB on YUV samples is a wrong tag.
  if (colours.matrix == AVCOL_SPC_UNSPECIFIED || colours.matrix == AVCOL_SPC_RESERVED ||
      colours.matrix == AVCOL_SPC_RGB)
    colours.matrix = matrixByHeight(frame.height);
  if (format.nb_components >= 3 && !lumaCoefficients(colours.matrix))
    throw Error(ErrorKind::unsupported,
                name + ": expected matrix coefficients of BT.601, BT.709 or BT.2020, got " +
                    nameOr(av_color_space_name(colours.matrix), "an unknown one") +
                    conversionHint("zscale=m=bt709:r=limited,format=yuv420p"));
  return colours;
}

Picture toPicture(const AVFrame& frame, const std::string& name) {
  const VideoColours colours = coloursOf(frame, name);
  const AVPixFmtDescriptor& format = formatOf(frame, name);
  if (colours.matrix == AVCOL_SPC_RGB) return fromRgb(frame, format);
  return format.nb_components < 3 ? fromGrey(frame, format, colours.fullRange)
                                  : fromYuv(frame, format, colours);
}

}  // namespace cut::trainer
