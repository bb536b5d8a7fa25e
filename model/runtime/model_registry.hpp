// Which models are open in this process, so that the same file for the same device and precision is loaded
// once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "cuttranslate/engine.hpp"

namespace cut {

class ModelRegistry {
 public:
  using Open = std::function<std::shared_ptr<SharedModel>()>;

  static ModelRegistry& instance();  // never destroyed: elements may outlive static destructors

  // The open model of this file and these options, or what `open` makes. What `auto` turned out to be is the
  // same model as that asked for by name. Two callers that ask for the same model at once wait for one
  // opening; other models are not held up by it.
  std::shared_ptr<SharedModel> get(const std::filesystem::path& path, const EngineOptions& options,
                                   const Open& open);

 private:
  // A file that was replaced under the same name is another model.
  struct Key {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    std::int64_t modifiedNs = 0;
    EngineOptions options;

    bool operator==(const Key&) const = default;
  };

  struct Entry {
    Key key;
    std::mutex opening;  // held while the model is opened; never taken under the registry's mutex
    std::weak_ptr<SharedModel> model;  // guarded by the registry's mutex
  };

  static Key keyOf(const std::filesystem::path& path, const EngineOptions& options);
  std::shared_ptr<Entry> entry(const Key& key);
  std::shared_ptr<Entry> entryLocked(const Key& key);
  std::shared_ptr<SharedModel> find(Entry& entry);
  // `model` under all names that it has, or the model that was there before under its exact one.
  std::shared_ptr<SharedModel> share(const Key& key, std::shared_ptr<SharedModel> model);

  std::mutex mutex_;  // guards entries_ and their models
  std::vector<std::shared_ptr<Entry>> entries_;
};

}  // namespace cut
