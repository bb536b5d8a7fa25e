// SPDX-License-Identifier: MIT
#include <cstdio>

#include "tool/commands.hpp"

namespace cut::tool {

void verify(const VerifyRequest& request, std::ostream& out) {
  const auto model = SharedModel::open(request.file, request.engine);
  const Verification result = model->verify();
  const ActiveEngine& active = model->active();
  char numbers[96];
  std::snprintf(numbers, sizeof numbers, "largest difference %.3g, PSNR %.1f dB", result.largestDifference,
                result.psnr);
  out << request.file.string() << ": " << model->info().spec.text() << '\n'
      << "engine " << active.engine << " on " << active.device << " in " << active.precision;
  if (active.threads > 0) out << ", threads " << active.threads;
  out << '\n' << numbers << '\n';
  if (!active.notice.empty()) out << active.notice << '\n';
}

}  // namespace cut::tool
