#include "trainer/data/item_reader.hpp"

namespace cut::trainer {

Picture ItemReader::read(const Item& item) {
  return item.frame == Item::noFrame ? readImage(item.path, orientation_)
                                     : videos_.read(item.path, item.frame);
}

}  // namespace cut::trainer
