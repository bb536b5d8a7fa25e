// SPDX-License-Identifier: MIT
#include "nets/query_attention.hpp"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <vector>

namespace cut::nets {
namespace {

// Rows of the attention matrix that are made at once: their memory grows with the square of a map's sides.
constexpr std::int64_t rowsAtOnce = 512;
constexpr std::int64_t reach = attentionWindow / 2;

at::Tensor rowsOf(const at::Tensor& map) {
  return map.permute({0, 2, 3, 1}).flatten(1, 2);  // (N, H * W, C)
}

// Of the last dimension's distributions, given as logits.
at::Tensor entropy(const at::Tensor& logits) {
  const at::Tensor logarithms = at::log_softmax(logits, -1);
  const at::Tensor probabilities = logarithms.exp();
  return -at::where(probabilities > 0, probabilities * logarithms, at::zeros_like(logarithms)).sum(-1);
}

// (N, H * W)
at::Tensor globalEntropy(const at::Tensor& map) {
  const at::Tensor rows = rowsOf(map);
  const at::Tensor columns = rows.transpose(1, 2);
  std::vector<at::Tensor> parts;
  for (std::int64_t begin = 0; begin < rows.size(1); begin += rowsAtOnce)
    parts.push_back(entropy(at::bmm(rows.slice(1, begin, begin + rowsAtOnce), columns)));
  return at::cat(parts, 1);
}

// Dot products of each position with those of its window, -infinity outside of the map: (N, H * W, 49).
at::Tensor windowLogits(const at::Tensor& map) {
  const std::int64_t height = map.size(2), width = map.size(3);
  std::vector<at::Tensor> logits;
  for (std::int64_t dy = -reach; dy <= reach; ++dy)
    for (std::int64_t dx = -reach; dx <= reach; ++dx) {
      at::Tensor dots =
          at::full({map.size(0), height, width}, -std::numeric_limits<double>::infinity(), map.options());
      const std::int64_t rows = height - std::abs(dy), columns = width - std::abs(dx);
      if (rows > 0 && columns > 0) {
        const auto part = [&](const at::Tensor& x, std::int64_t dim, std::int64_t y, std::int64_t left) {
          return x.narrow(dim, y, rows).narrow(dim + 1, left, columns);
        };
        const std::int64_t y = std::max<std::int64_t>(0, -dy), x = std::max<std::int64_t>(0, -dx);
        part(dots, 1, y, x).copy_((part(map, 2, y, x) * part(map, 2, y + dy, x + dx)).sum(1));
      }
      logits.push_back(dots.flatten(1));
    }
  return at::stack(logits, 2);
}

// The positions of the windows of `ids` (N, patches), int64: (N, patches * 49). Outside of the map they are
// clamped: nothing attends to them.
at::Tensor windowIds(const at::Tensor& ids, std::int64_t height, std::int64_t width) {
  const at::Tensor offsets = at::arange(-reach, reach + 1, ids.options());
  const at::Tensor dy = offsets.repeat_interleave(attentionWindow), dx = offsets.repeat({attentionWindow});
  const at::Tensor y = (at::floor_divide(ids, width).unsqueeze(2) + dy).clamp(0, height - 1);
  const at::Tensor x = (at::remainder(ids, width).unsqueeze(2) + dx).clamp(0, width - 1);
  return (y * width + x).flatten(1);
}

at::Tensor gatherRows(const at::Tensor& rows, const at::Tensor& ids) {
  return rows.gather(1, ids.unsqueeze(2).expand({-1, -1, rows.size(2)}));
}

}  // namespace

SelectedQueries selectQueries(const at::Tensor& map, std::int64_t patches, AttentionSpan span) {
  const at::NoGradGuard noGrad;
  SelectedQueries selected{.span = span, .ids = {}, .attention = {}};
  const at::Tensor windows = span == AttentionSpan::global ? at::Tensor() : windowLogits(map);
  const at::Tensor entropies = span == AttentionSpan::global ? globalEntropy(map) : entropy(windows);
  selected.ids = std::get<1>(at::sort(entropies, /*stable=*/true, /*dim=*/1, /*descending=*/false))
                     .slice(1, 0, std::min(patches, entropies.size(1)));
  const at::Tensor rows = rowsOf(map);
  const at::Tensor logits = span == AttentionSpan::local
                                ? gatherRows(windows, selected.ids)
                                : at::bmm(gatherRows(rows, selected.ids), rows.transpose(1, 2));
  selected.attention = at::softmax(logits, 2);
  return selected;
}

at::Tensor attended(const at::Tensor& map, const SelectedQueries& queries) {
  const at::Tensor rows = rowsOf(map);
  if (queries.span != AttentionSpan::local) return at::bmm(queries.attention, rows).flatten(0, 1);
  const at::Tensor values = gatherRows(rows, windowIds(queries.ids, map.size(2), map.size(3)));
  const std::int64_t window = attentionWindow * attentionWindow;
  const at::Tensor attention = queries.attention.reshape({-1, 1, window});
  return at::bmm(attention, values.reshape({-1, window, rows.size(2)})).squeeze(1);
}

}  // namespace cut::nets
