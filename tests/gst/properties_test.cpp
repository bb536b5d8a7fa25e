// SPDX-License-Identifier: MIT
// Properties: values set and read, the active-* properties, flags and notifications.
#include <array>
#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "element_fixture.hpp"
#include "fake_control.hpp"

namespace cut::test {
namespace {

class Properties : public ElementTest {
 protected:
  static int enumOf(gpointer object, const char* property) {
    int value = -1;
    g_object_get(object, property, &value, nullptr);
    return value;
  }

  // The texts of all info messages on the bus.
  std::vector<std::string> infoMessages() const {
    std::vector<std::string> texts;
    while (const Owned<GstMessage> message{gst_bus_pop_filtered(bus_.get(), GST_MESSAGE_INFO)}) {
      g_autoptr(GError) notice = nullptr;
      gst_message_parse_info(message.get(), &notice, nullptr);
      texts.emplace_back(notice->message);
    }
    return texts;
  }
};

TEST_F(Properties, DefaultsAreAsDocumented) {
  const auto element = makeElement("");
  EXPECT_EQ(stringOf(element.get(), "model"), std::nullopt);
  EXPECT_EQ(stringOf(element.get(), "device"), "auto");
  EXPECT_EQ(enumOf(element.get(), "engine"), 0);
  EXPECT_EQ(enumOf(element.get(), "precision"), 0);
  EXPECT_EQ(enumOf(element.get(), "threads"), 0);
  EXPECT_EQ(enumOf(element.get(), "verify"), FALSE);
  EXPECT_EQ(enumOf(element.get(), "allow-code"), FALSE);
  EXPECT_EQ(enumOf(element.get(), "qos"), TRUE);
}

TEST_F(Properties, ReadingReturnsTheValueThatWasSet) {
  const auto element = makeElement("");
  g_object_set(element.get(), "model", "some/where.pt", "device", "cuda:3", "threads", 7, "verify", TRUE,
               "allow-code", TRUE, nullptr);
  EXPECT_EQ(stringOf(element.get(), "model"), "some/where.pt");
  EXPECT_EQ(stringOf(element.get(), "device"), "cuda:3");
  EXPECT_EQ(enumOf(element.get(), "threads"), 7);
  EXPECT_EQ(enumOf(element.get(), "verify"), TRUE);
  EXPECT_EQ(enumOf(element.get(), "allow-code"), TRUE);
  for (const char* precision : {"fp32", "tf32", "fp16", "bf16", "int8", "auto"}) {
    gst_util_set_object_arg(G_OBJECT(element.get()), "precision", precision);
    g_autofree gchar* text = nullptr;
    GValue value = G_VALUE_INIT;
    g_object_get_property(G_OBJECT(element.get()), "precision", &value);
    text = gst_value_serialize(&value);
    EXPECT_STREQ(text, precision);
    g_value_unset(&value);
  }
  gst_util_set_object_arg(G_OBJECT(element.get()), "engine", "torch");
  EXPECT_EQ(enumOf(element.get(), "engine"), 1);
  gst_util_set_object_arg(G_OBJECT(element.get()), "engine", "cpu");
  EXPECT_EQ(enumOf(element.get(), "engine"), 2);
}

TEST_F(Properties, NullRestoresTheDefault) {
  const auto element = makeElement();
  g_object_set(element.get(), "device", "cpu", nullptr);
  g_object_set(element.get(), "model", nullptr, "device", nullptr, nullptr);
  EXPECT_EQ(stringOf(element.get(), "model"), std::nullopt);
  EXPECT_EQ(stringOf(element.get(), "device"), "auto");
  EXPECT_FALSE(goesTo(element.get(), GST_STATE_READY)) << "model is NULL again";
}

TEST_F(Properties, ActivePropertiesAreSetFromReadyToNull) {
  const auto element = makeElement();
  const auto active = [&element] {
    return std::array{stringOf(element.get(), "active-engine"), stringOf(element.get(), "active-device"),
                      stringOf(element.get(), "active-precision")};
  };
  const std::array<std::optional<std::string>, 3> none;
  EXPECT_EQ(active(), none);
  ASSERT_TRUE(goesTo(element.get(), GST_STATE_READY));
  EXPECT_EQ(active(), (std::array<std::optional<std::string>, 3>{"fake", "cpu", "fp32"}));
  ASSERT_TRUE(goesTo(element.get(), GST_STATE_PLAYING));
  EXPECT_EQ(stringOf(element.get(), "active-device"), "cpu");
  ASSERT_TRUE(goesTo(element.get(), GST_STATE_NULL));
  EXPECT_EQ(active(), none);
}

TEST_F(Properties, EngineNoticeIsPostedOnceAsInfoMessage) {
  fakeControl().notices = true;
  const auto element = makeElement();
  ASSERT_TRUE(goesTo(element.get(), GST_STATE_PLAYING));
  resetFake();
  EXPECT_EQ(infoMessages(), std::vector<std::string>{"the fake engine says so"});
}

TEST_F(Properties, CheckpointKeyIsPostedAsInfoMessage) {
  StateDict weights = tinyModel().weights;
  for (auto& [name, tensor] : weights) name.insert(0, "netG.");
  writeStateDict(folder_.path() / "checkpoint.pth", weights);
  const auto element = makeElement(folder_.path() / "checkpoint.pth");
  ASSERT_TRUE(goesTo(element.get(), GST_STATE_READY));
  EXPECT_EQ(infoMessages(),
            std::vector<std::string>{"the weights are those under key 'netG' of the checkpoint"});
}

TEST_F(Properties, ActivePropertiesNotifyOncePerOpenAndClose) {
  const auto element = makeElement();
  std::multiset<std::string> notified;
  g_signal_connect(element.get(), "notify", G_CALLBACK(+[](GObject*, GParamSpec* property, gpointer names) {
                     static_cast<std::multiset<std::string>*>(names)->insert(property->name);
                   }),
                   &notified);
  const auto expectOne = [&notified](const char* when) {
    for (const char* name : {"active-engine", "active-device", "active-precision"})
      EXPECT_EQ(notified.count(name), 1U) << name << " when the model is " << when;
    notified.clear();
  };
  ASSERT_TRUE(goesTo(element.get(), GST_STATE_READY));
  expectOne("opened");
  g_object_set(element.get(), "model", grey_.c_str(), nullptr);
  notified.clear();
  ASSERT_TRUE(goesTo(element.get(), GST_STATE_PAUSED));
  expectOne("opened again");
  ASSERT_TRUE(goesTo(element.get(), GST_STATE_NULL));
  expectOne("closed");
}

TEST_F(Properties, ActivePropertiesAreReadOnly) {
  const auto element = makeElement();
  for (const char* name : {"active-engine", "active-device", "active-precision"}) {
    const GParamSpec* property = g_object_class_find_property(G_OBJECT_GET_CLASS(element.get()), name);
    ASSERT_TRUE(property) << name;
    EXPECT_FALSE(property->flags & G_PARAM_WRITABLE) << name;
    EXPECT_TRUE(property->flags & G_PARAM_READABLE) << name;
  }
}

TEST_F(Properties, ModelSettingsAreMutableReady) {
  const auto element = makeElement();
  for (const char* name : {"engine", "device", "precision", "threads", "verify", "allow-code"}) {
    const GParamSpec* property = g_object_class_find_property(G_OBJECT_GET_CLASS(element.get()), name);
    ASSERT_TRUE(property) << name;
    EXPECT_TRUE(property->flags & GST_PARAM_MUTABLE_READY) << name;
    EXPECT_STRNE(g_param_spec_get_blurb(const_cast<GParamSpec*>(property)), "") << name;
  }
}

TEST_F(Properties, OtherThreadReadsDuringStateChanges) {
  const auto element = makeElement();
  std::atomic<bool> stop = false;
  std::thread reader([&] {
    while (!stop) {
      stringOf(element.get(), "active-device");
      g_object_set(element.get(), "threads", 1, nullptr);
    }
  });
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(goesTo(element.get(), GST_STATE_PLAYING));
    EXPECT_TRUE(goesTo(element.get(), GST_STATE_NULL));
  }
  stop = true;
  reader.join();
}

}  // namespace
}  // namespace cut::test
