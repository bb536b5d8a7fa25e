// SPDX-License-Identifier: MIT
#include <string>

#include "cuttranslate/error.hpp"
#include "cuttranslate/yuv.hpp"

namespace cut {
namespace {

void validateComponent(const YuvComponent& component, const char* name, int bytes) {
  if (component.plane < 0 || component.plane > 3)
    throw Error(ErrorKind::invalidArgument, std::string("YUV component ") + name +
                                                ": expected a plane from 0 to 3, got " +
                                                std::to_string(component.plane));
  if (component.offset < 0 || component.step < bytes || component.step > 8)
    throw Error(ErrorKind::invalidArgument,
                std::string("YUV component ") + name + ": expected an offset of at least 0 and a step of " +
                    std::to_string(bytes) + " to 8 bytes, got " + std::to_string(component.offset) + " and " +
                    std::to_string(component.step));
}

}  // namespace

void YuvFormat::validate() const {
  const int bytes = depth > 8 ? 2 : 1;
  if (depth < 8 || depth > 16 || shift < 0 || depth + shift > 8 * bytes)
    throw Error(ErrorKind::invalidArgument,
                "YUV samples: expected a depth of 8 to 16 bits that fits its bytes with its shift, got " +
                    std::to_string(depth) + " bits, shifted by " + std::to_string(shift));
  for (const int chromaShift : {chromaShiftX, chromaShiftY})
    if (chromaShift != 0 && chromaShift != 1)
      throw Error(ErrorKind::invalidArgument,
                  "YUV chroma: expected one sample for each or every second "
                  "column and row (a shift of 0 or 1), got a shift of " +
                      std::to_string(chromaShift));
  validateComponent(y, "Y", bytes);
  validateComponent(u, "U", bytes);
  validateComponent(v, "V", bytes);
  if (alpha.plane >= 0) validateComponent(alpha, "A", bytes);
}

}  // namespace cut
