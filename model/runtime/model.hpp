// SPDX-License-Identifier: MIT
// An open model: a network on a device, and the worker that owns it.
#pragma once

#include <memory>
#include <optional>

#include "cuttranslate/engine.hpp"
#include "cuttranslate/model_file.hpp"
#include "runtime/module.hpp"
#include "runtime/worker.hpp"

namespace cut {

class Model final : public SharedModel, public std::enable_shared_from_this<Model> {
 public:
  // `options` are resolved: the name of a module and at least one thread. `notice` goes into active().notice.
  Model(ModelFile file, const EngineOptions& options, const std::string& notice = {});
  ~Model() override;
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  const ModelInfo& info() const noexcept override { return info_; }
  const ActiveEngine& active() const noexcept override { return active_; }
  Verification verify() override;
  std::unique_ptr<Stream> makeStream() override;

  Worker& worker() noexcept { return worker_; }
  // Used and freed on the worker thread. Streams share it: their last task may run after the model is gone.
  const std::shared_ptr<Network>& network() const noexcept { return network_; }

 private:
  ModelInfo info_;
  std::optional<Sample> sample_;
  ActiveEngine active_;
  std::shared_ptr<Network> network_;
  Worker worker_;
};

}  // namespace cut
