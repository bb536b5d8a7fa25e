// Which models are open in this process, so that the same file with the same options is loaded once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "cut/engine.hpp"

namespace cut {

class ModelRegistry {
 public:
  using Open = std::function<std::shared_ptr<SharedModel>()>;

  static ModelRegistry& instance();  // never destroyed: elements may outlive static destructors

  // The open model of this file and these options, or what `open` makes. Two callers that ask for the same
  // model at once wait for one opening; other models are not held up by it.
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
    std::mutex opening;  // guards model; taken after, never under, the registry's mutex
    std::weak_ptr<SharedModel> model;
  };

  static Key keyOf(const std::filesystem::path& path, const EngineOptions& options);
  std::shared_ptr<Entry> entry(const Key& key);

  std::mutex mutex_;  // guards entries_
  std::vector<std::shared_ptr<Entry>> entries_;
};

}  // namespace cut
