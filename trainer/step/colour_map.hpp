// The colours of one domain brought to those of another.
#pragma once

#include <ATen/core/Tensor.h>

namespace cut::trainer {

// Mean and covariance of the colours of images, as colour() of colour.hpp gives them; in double precision.
class ColourMoments {
 public:
  void add(const at::Tensor& images);  // (N, 3, H, W)

  at::Tensor mean() const;        // (3)
  at::Tensor covariance() const;  // (3, 3), of rank 2 at most

 private:
  double pixels_ = 0;
  at::Tensor sum_;       // (3)
  at::Tensor products_;  // (3, 3)
};

// An affine map of colours without luma to such.
struct ColourMap {
  at::Tensor matrix;  // (3, 3)
  at::Tensor offset;  // (3)

  // Images (N, 3, H, W) with their luma as it is and their colours mapped.
  at::Tensor operator()(const at::Tensor& images) const;
};

// Of all maps that give `from` the mean and covariance of `to` the one that moves colours least: Monge and
// Kantorovich's between Gaussians (Pitié and Kokaram 2007, section 3). What does not vary in `from` becomes
// the mean of `to`.
ColourMap colourMap(const ColourMoments& from, const ColourMoments& to);

}  // namespace cut::trainer
