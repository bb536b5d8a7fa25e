#include "engine/verification.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "cut/error.hpp"

namespace cut {
namespace {

// What an output may differ from the sample's, by precision: fp32 between machines; others by PSNR in dB.
constexpr double promisedDifference = 1e-3;

int promisedPsnr(const std::string& precision) {
  return precision == "bf16" ? 60 : 38;
}

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
  if (exact ? result.largestDifference <= promisedDifference : result.psnr >= promisedPsnr(precision))
    return result;
  throw Error(ErrorKind::mismatch,
              "the model's sample comes out differently here: largest difference " +
                  std::to_string(result.largestDifference) + ", PSNR " + std::to_string(result.psnr) +
                  " dB; expected " +
                  (exact ? "at most 0.001" : "at least " + std::to_string(promisedPsnr(precision)) + " dB") +
                  " in " + precision + "; the file is damaged or the engine is faulty");
}

}  // namespace cut
