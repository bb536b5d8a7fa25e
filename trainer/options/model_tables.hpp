// The options of the commands that run a model.
#pragma once

#include "trainer/options/evaluate_options.hpp"
#include "trainer/options/option_table.hpp"
#include "trainer/options/test_options.hpp"
#include "trainer/options/translate_options.hpp"

namespace cut::trainer {

OptionTable<TranslateOptions> translateTable();
OptionTable<TestOptions> testTable();
OptionTable<EvaluateOptions> evaluateTable();

}  // namespace cut::trainer
