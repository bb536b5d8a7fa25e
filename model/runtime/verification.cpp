#include "runtime/verification.hpp"

#include <cmath>
#include <cstdio>
#include <limits>
#include <vector>

#include "cuttranslate/error.hpp"

namespace cut {
namespace {

// What an output in fp32 may differ from the sample's, between machines; other precisions promise a PSNR.
constexpr double promisedDifference = 1e-3;

Verification compare(const std::vector<float>& got, const std::vector<float>& expected) {
  Verification result;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double difference = std::abs(static_cast<double>(got[i]) - expected[i]);
    // NaN must not pass for small.
    if (!(difference <= result.largestDifference)) result.largestDifference = difference;
  }
  result.psnr = psnr(got, expected);
  return result;
}

}  // namespace

double psnr(std::span<const float> got, std::span<const float> expected) {
  double squares = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double difference = static_cast<double>(got[i]) - expected[i];
    squares += difference * difference;
  }
  if (squares == 0) return std::numeric_limits<double>::infinity();
  return squares > 0 ? 10 * std::log10(4 * static_cast<double>(got.size()) / squares) : 0;
}

Verification verify(Stream& stream, const Sample& sample, const std::string& precision) {
  stream.configure(sample.size());
  const std::vector<float> expected = toFloats(sample.output);
  std::vector<float> got(expected.size());
  stream.translate(toFloats(sample.input), got);
  const Verification result = compare(got, expected);
  const bool exact = precision == "fp32";
  const double promised = promisedPsnr(precisionFromName(precision));
  if (exact ? result.largestDifference <= promisedDifference : result.psnr >= promised) return result;
  char asked[32] = "at most 0.001";
  if (!exact) std::snprintf(asked, sizeof asked, "at least %.0f dB", promised);
  char text[320];
  std::snprintf(
      text, sizeof text,
      "the model's sample comes out differently here: largest difference %.3g, PSNR %.1f dB; expected "
      "%s in %s; %s",
      result.largestDifference, result.psnr, asked, precision.c_str(),
      exact ? "the file is damaged or the engine is faulty"
            : "these weights do not bear this precision, or the file is damaged: precision fp32 tells");
  throw Error(ErrorKind::mismatch, text);
}

}  // namespace cut
