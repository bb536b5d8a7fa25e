// SPDX-License-Identifier: MIT
#include "runtime/model_registry.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

namespace cut {

ModelRegistry& ModelRegistry::instance() {
  static auto& registry = *new ModelRegistry;
  return registry;
}

ModelRegistry::Key ModelRegistry::keyOf(const std::filesystem::path& path, const EngineOptions& options) {
  struct stat status {};
  // Reading the file reports the error.
  if (stat(path.c_str(), &status) != 0) return {.options = options};
  return {status.st_dev, status.st_ino, status.st_size,
          status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec, options};
}

std::shared_ptr<ModelRegistry::Entry> ModelRegistry::entry(const Key& key) {
  const std::lock_guard lock(mutex_);
  // use_count 1: no caller is opening it.
  std::erase_if(entries_, [](const auto& entry) { return entry.use_count() == 1 && entry->model.expired(); });
  return entryLocked(key);
}

std::shared_ptr<ModelRegistry::Entry> ModelRegistry::entryLocked(const Key& key) {
  const auto found =
      std::find_if(entries_.begin(), entries_.end(), [&key](const auto& entry) { return entry->key == key; });
  if (found != entries_.end()) return *found;
  auto fresh = std::make_shared<Entry>();
  fresh->key = key;
  return entries_.emplace_back(std::move(fresh));
}

std::shared_ptr<SharedModel> ModelRegistry::find(Entry& entry) {
  const std::lock_guard lock(mutex_);
  return entry.model.lock();
}

std::shared_ptr<SharedModel> ModelRegistry::share(const Key& key, std::shared_ptr<SharedModel> model) {
  Key exact = key;
  exact.options.device = model->active().device;
  exact.options.precision = precisionFromName(model->active().precision);
  std::shared_ptr<SharedModel> duplicate;  // freed after the lock
  const std::lock_guard lock(mutex_);
  if (auto existing = entryLocked(exact)->model.lock()) duplicate = std::exchange(model, std::move(existing));
  for (const auto& device : {key.options.device, exact.options.device})
    for (const Precision precision : {key.options.precision, exact.options.precision}) {
      Key alias = exact;
      alias.options.device = device;
      alias.options.precision = precision;
      entryLocked(alias)->model = model;
    }
  return model;
}

std::shared_ptr<SharedModel> ModelRegistry::get(const std::filesystem::path& path,
                                                const EngineOptions& options, const Open& open) {
  const Key key = keyOf(path, options);
  const auto slot = entry(key);
  const std::lock_guard lock(slot->opening);
  if (auto model = find(*slot)) return model;
  return share(key, open());
}

}  // namespace cut
