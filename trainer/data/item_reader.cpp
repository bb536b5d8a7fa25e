#include "trainer/data/item_reader.hpp"

namespace cut::trainer {

Picture ItemReader::read(const Item& item) {
  return item.video ? videos_.read(*item.video, item.frame) : readImage(item.path, orientation_);
}

}  // namespace cut::trainer
