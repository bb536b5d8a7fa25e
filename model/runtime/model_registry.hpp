// SPDX-License-Identifier: MIT
// The models that are open in this process: the same file, device and precision is loaded once.
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

  // The open model of this file and these options, or else the result of `open`. Options with `auto` share a
  // model with the options that name the same device and precision. Callers that ask for one model at the
  // same time wait for a single opening, which does not block other models.
  std::shared_ptr<SharedModel> get(const std::filesystem::path& path, const EngineOptions& options,
                                   const Open& open);

 private:
  // The inode and the time of modification tell a file that was replaced under the same name.
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
  // Registers `model` under its options as given and as resolved. Returns the model that the resolved ones
  // had already, if any.
  std::shared_ptr<SharedModel> share(const Key& key, std::shared_ptr<SharedModel> model);

  std::mutex mutex_;  // guards entries_ and their models
  std::vector<std::shared_ptr<Entry>> entries_;
};

}  // namespace cut
