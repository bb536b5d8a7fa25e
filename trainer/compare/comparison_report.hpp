// SPDX-License-Identifier: MIT
// The report of a comparison, from its records and the files of its runs.
#pragma once

#include <ostream>
#include <vector>

#include "trainer/compare/method_record.hpp"
#include "trainer/options/compare_options.hpp"
#include "trainer/report/comparison_page.hpp"

namespace cut::trainer {

// Throws what findDomain and domainFolder throw where the held-out images are not there.
void checkHeldOut(const CompareOptions& options);

// Of the engines that run a comparison's models: the device and threads of its training.
EngineOptions engineOf(const CompareOptions& options);

// One record and one flag of failure for each method. Translates the pictures with the models that are there.
// Throws as PictureTranslator does.
ComparisonReport comparisonReport(const CompareOptions& options, const std::vector<MethodRecord>& records,
                                  const std::vector<bool>& failed);

// FOLDER/index.html, atomically. Throws io.
void writeComparisonPage(const CompareOptions& options, const ComparisonReport& report);

// The final table, for a terminal.
void printComparison(const ComparisonReport& report, std::ostream& out);

}  // namespace cut::trainer
