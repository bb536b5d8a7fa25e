#include "trainer/loop/run_data.hpp"

#include <utility>

#include "trainer/options/configuration.hpp"

namespace cut::trainer {
namespace {

Domain domainOf(const TrainOptions& options, const std::string& name,
                const std::vector<std::filesystem::path>& named) {
  DomainQuery query;
  query.name = name;
  if (!options.dataroot.empty()) query.sources.push_back(domainFolder(options.dataroot, options.phase, name));
  query.sources.insert(query.sources.end(), named.begin(), named.end());
  query.phase = options.phase;
  query.maxItems = options.maxDatasetSize;
  return findDomain(query);
}

}  // namespace

PairDataset makeDataset(const TrainOptions& options, const std::function<void(const std::string&)>& notice) {
  Domain a = domainOf(options, "A", options.dataA);
  Domain b = domainOf(options, "B", options.dataB);
  if (options.direction == "BtoA") std::swap(a, b);
  for (const Domain* domain : {&a, &b})
    for (const std::string& sentence : domain->unreadable) notice("skipped " + sentence);
  PairOptions pairs;
  pairs.preprocess = preprocessOptions(options);
  pairs.exifOrientation = exifOrientation(options);
  pairs.seed = options.seed;
  pairs.serialBatches = options.serialBatches;
  pairs.channelsA = options.inputNc;
  pairs.channelsB = options.outputNc;
  pairs.constantEpochs = options.nEpochs;
  pairs.onSkip = notice;
  return {std::move(a), std::move(b), pairs};
}

LoaderOptions loaderOptions(const TrainOptions& options) {
  LoaderOptions loader;
  loader.batchSize = options.batchSize;
  loader.workers = options.numThreads;
  return loader;
}

}  // namespace cut::trainer
