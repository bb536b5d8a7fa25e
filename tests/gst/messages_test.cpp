// SPDX-License-Identifier: MIT
// guarded(), which keeps exceptions from crossing into C.
#include <gmock/gmock.h>

#include <functional>
#include <new>
#include <stdexcept>
#include <vector>

#include "element_fixture.hpp"
#include "messages.hpp"

namespace cut::test {
namespace {

class Guarded : public ElementTest {
 protected:
  bool run(const std::function<void()>& work) const { return gst::guarded(element_.get(), "testing", work); }

 private:
  ElementPtr element_ = makeElement();
};

TEST_F(Guarded, ExceptionBecomesAnErrorMessage) {
  struct Case {
    std::function<void()> work;
    GQuark domain;
    int code;
    const char* text;
  };
  const std::vector<Case> cases = {
      {[] { throw Error(ErrorKind::io, "no entry"); }, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ,
       "testing: no entry"},
      {[] { throw std::bad_alloc(); }, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT,
       "testing: out of memory"},
      {[] { throw std::runtime_error("broken"); }, GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_FAILED,
       "testing: broken"},
      {[] { throw 42; }, GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_FAILED, "testing: an unknown exception"}};
  for (const Case& thrown : cases) {
    EXPECT_FALSE(run(thrown.work));
    EXPECT_THAT(expectError(thrown.domain, thrown.code), testing::HasSubstr(thrown.text));
    EXPECT_FALSE(popError()) << "one failure, one message";
  }
}

TEST_F(Guarded, NoExceptionPostsNoMessage) {
  int runs = 0;
  EXPECT_TRUE(run([&runs] { ++runs; }));
  EXPECT_EQ(runs, 1);
  EXPECT_FALSE(popError());
}

}  // namespace
}  // namespace cut::test
