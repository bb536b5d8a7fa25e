// SPDX-License-Identifier: MIT
#include "trainer/report/numbers.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>

namespace cut::trainer {
namespace {

TEST(Numbers, ShortestDecimalRoundTripsDoubles) {
  for (const double value : {0.1, 1.0 / 3, 2e-4, -5e-324, 1.7976931348623157e308})
    EXPECT_EQ(std::strtod(toShortest(value).c_str(), nullptr), value);
  EXPECT_EQ(toShortest(0.1), "0.1");
  EXPECT_EQ(toShortest(std::numeric_limits<double>::infinity()), "inf");
  EXPECT_EQ(toShortest(std::nan("")), "nan");
}

TEST(Numbers, PrecisionIsInSignificantDigits) {
  EXPECT_EQ(toPrecision(0.314159), "0.3142");
  EXPECT_EQ(toPrecision(12345.678, 3), "1.23e+04");
  EXPECT_EQ(toPrecision(2e-4), "0.0002");
}

TEST(Numbers, ThousandsAreGrouped) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1234567), "1,234,567");
  EXPECT_EQ(grouped(-123456), "-123,456");
}

TEST(Numbers, DurationsHaveTwoUnitsAtMost) {
  EXPECT_EQ(duration(0.2), "0 s");
  EXPECT_EQ(duration(59.6), "1 min");
  EXPECT_EQ(duration(200), "3 min 20 s");
  EXPECT_EQ(duration(2 * 3600 + 5 * 60 + 7), "2 h 5 min");
  EXPECT_EQ(duration(3 * 86400 + 4 * 3600), "3 d 4 h");
  EXPECT_EQ(duration(-5), "0 s");
  EXPECT_EQ(duration(std::nan("")), "?");
}

}  // namespace
}  // namespace cut::trainer
