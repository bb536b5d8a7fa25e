#include "trainer/data/item_reader.hpp"

#include "trainer/data/image_file.hpp"

namespace cut::trainer {

Picture ItemReader::read(const Item& item) {
  return item.frame == Item::noFrame ? readImage(item.path) : videos_.read(item.path, item.frame);
}

}  // namespace cut::trainer
