// SPDX-License-Identifier: MIT
// Errors in NULL→READY, with the domain and code that applications check.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <future>
#include <vector>

#include "cuttranslate/model_file.hpp"
#include "element_fixture.hpp"

namespace cut::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class OpenError : public ElementTest {
 protected:
  // Expects that the element does not reach READY with this model; returns the error's text.
  std::string refusalOf(const fs::path& model, GQuark domain, int code) const {
    const auto element = makeElement(model);
    return refusalOf(element.get(), domain, code);
  }

  std::string refusalOf(GstElement* element, GQuark domain, int code) const {
    EXPECT_FALSE(goesTo(element, GST_STATE_READY));
    EXPECT_EQ(GST_STATE(element), GST_STATE_NULL);
    std::string text = expectError(domain, code);
    EXPECT_FALSE(popError()) << "one failure, one message";
    return text;
  }

  fs::path write(const std::string& name, const std::string& content) const {
    std::ofstream(folder_.path() / name, std::ios::binary) << content;
    return folder_.path() / name;
  }

  std::string goodFile() const {
    std::ifstream file(model_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
};

TEST_F(OpenError, MissingFileIsNamed) {
  EXPECT_THAT(refusalOf("/nowhere/none.pt", GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND),
              HasSubstr("/nowhere/none.pt"));
}

TEST_F(OpenError, FilesThatAreNotModelsAreRefused) {
  for (const fs::path& path : {write("text.pt", "These are no weights.\n"), write("empty.pt", ""),
                               write("zeros.pt", std::string(5000, '\0')),
                               write("half.pt", goodFile().substr(0, goodFile().size() / 2)),
                               write("head.pt", goodFile().substr(0, 100))})
    EXPECT_THAT(refusalOf(path, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE),
                HasSubstr(path.filename().string()));
}

TEST_F(OpenError, TorchScriptNeedsAllowCode) {
  const fs::path program = fs::path(CUT_SCRIPTS) / "negate.pt";
  EXPECT_THAT(refusalOf(program, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE),
              HasSubstr("allow-code=true"));
  const auto element = makeElement(program);
  g_object_set(element.get(), "allow-code", TRUE, nullptr);
  EXPECT_TRUE(goesTo(element.get(), GST_STATE_READY));
}

TEST_F(OpenError, FlippedBitIsRefused) {
  const std::string good = goodFile();
  for (const std::size_t at : {good.size() / 4, good.size() / 2, good.size() * 3 / 4}) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x10);
    refusalOf(write("flipped.pt", bad), GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE);
  }
}

TEST_F(OpenError, NanWeightsAreRefused) {
  ModelFile model = tinyModel();
  auto& [name, bias] = model.weights.back();
  bias = fromFloats(bias.shape, {0, std::nanf(""), 0});
  writeModelFile(folder_.path() / "nan.pt", model);
  EXPECT_THAT(refusalOf(folder_.path() / "nan.pt", GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE),
              testing::AllOf(HasSubstr(name), HasSubstr("no picture")));
}

TEST_F(OpenError, DirectoryIsRefused) {
  refusalOf(folder_.path(), GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ);
}

TEST_F(OpenError, DeviceFileIsRefusedWithoutReading) {
  for (const char* path : {"/dev/zero", "/dev/null", "/dev/full"})
    EXPECT_THAT(refusalOf(path, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ), HasSubstr(path));
}

TEST_F(OpenError, FifoIsRefusedWithoutWaiting) {
  const fs::path fifo = folder_.path() / "fifo.pt";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  auto answer = std::async(std::launch::async,
                           [&] { refusalOf(fifo, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ); });
  if (answer.wait_for(std::chrono::seconds(30)) != std::future_status::ready) {
    ADD_FAILURE() << "still waiting after 30 s";
    std::ofstream(fifo, std::ios::binary) << "";  // unblocks the reader
  }
}

TEST_F(OpenError, DanglingSymlinkIsNotFound) {
  const fs::path link = folder_.path() / "link.pt";
  fs::create_symlink("nowhere", link);
  refusalOf(link, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND);
}

TEST_F(OpenError, ChannelCountsWithoutVideoFormatAreRefused) {
  const std::pair<int, int> numbers[] = {{2, 2}, {1, 3}, {3, 1}, {4, 4}};
  for (const auto& [in, out] : numbers)
    EXPECT_THAT(refusalOf(writeTinyModel(folder_.path(), "channels.pt", in, out), GST_STREAM_ERROR,
                          GST_STREAM_ERROR_NOT_IMPLEMENTED),
                HasSubstr("channels"));
}

TEST_F(OpenError, MissingDeviceIsNamedWithoutFallback) {
  const auto element = makeElement();
  g_object_set(element.get(), "device", "cuda:7", nullptr);
  EXPECT_THAT(refusalOf(element.get(), GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND),
              HasSubstr("cuda:7"));
  EXPECT_EQ(stringOf(element.get(), "active-device"), std::nullopt);
}

TEST_F(OpenError, InvalidDeviceListsTheValidForms) {
  const auto element = makeElement();
  for (const char* device : {"gpu", "cuda:", "cuda:-1", "CPU", ""}) {
    g_object_set(element.get(), "device", device, nullptr);
    EXPECT_THAT(refusalOf(element.get(), GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_SETTINGS), HasSubstr("cuda:N"));
  }
}

TEST_F(OpenError, UnsupportedPrecisionIsNamed) {
  const auto element = makeElement();
  for (const char* precision : {"tf32", "fp16", "bf16", "int8"}) {
    gst_util_set_object_arg(G_OBJECT(element.get()), "precision", precision);
    EXPECT_THAT(refusalOf(element.get(), GST_STREAM_ERROR, GST_STREAM_ERROR_NOT_IMPLEMENTED),
                HasSubstr(precision));
  }
}

TEST_F(OpenError, OutOfMemoryIsNoSpaceLeft) {
  const Environment fault("CUT_FAKE_FAULT", "memory");
  refusalOf(model_, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT);
}

TEST_F(OpenError, EngineMessageReachesTheBus) {
  const Environment fault("CUT_FAKE_FAULT", "load");
  EXPECT_THAT(refusalOf(model_, GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_FAILED),
              HasSubstr("does not load as told"));
}

TEST_F(OpenError, MissingEngineModuleNamesSearchPathAndRemedy) {
  const Environment path("CUT_MODULE_PATH", folder_.path());
  const std::string text = refusalOf(model_, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN);
  EXPECT_THAT(text, HasSubstr(folder_.path().string()));
  EXPECT_THAT(text, HasSubstr("build.sh"));
  EXPECT_THAT(text, HasSubstr("libcuttranslate-cpu.so"));
  EXPECT_THAT(text, HasSubstr("libcuttranslate-torch.so"));
}

TEST_F(OpenError, EngineModuleThatIsNoLibraryIsRefused) {
  write("libcuttranslate-torch.so", "not a library");
  const Environment path("CUT_MODULE_PATH", folder_.path());
  EXPECT_THAT(refusalOf(model_, GST_CORE_ERROR, GST_CORE_ERROR_MISSING_PLUGIN),
              HasSubstr("cannot be loaded"));
}

TEST_F(OpenError, ElementCanBeOpenedAfterAnError) {
  const auto element = makeElement();
  {
    const Environment fault("CUT_FAKE_FAULT", "load");
    refusalOf(element.get(), GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_FAILED);
  }
  EXPECT_TRUE(goesTo(element.get(), GST_STATE_PLAYING));
}

TEST_F(OpenError, MessageSourceIsTheElement) {
  const ElementPtr pipeline(
      gst_parse_launch("videotestsrc ! cuttranslate name=t model=/nowhere ! fakesink", nullptr));
  const Owned<GstBus> bus(gst_element_get_bus(pipeline.get()));
  EXPECT_EQ(gst_element_set_state(pipeline.get(), GST_STATE_PLAYING), GST_STATE_CHANGE_FAILURE);
  const Owned<GstMessage> message(gst_bus_pop_filtered(bus.get(), GST_MESSAGE_ERROR));
  ASSERT_TRUE(message);
  EXPECT_STREQ(GST_MESSAGE_SRC_NAME(message.get()), "t");
}

}  // namespace
}  // namespace cut::test
