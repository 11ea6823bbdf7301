#include "app/namespace_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace sockwatch {
namespace {

using std::chrono::seconds;
using testing::Each;
using testing::ElementsAre;

const std::string kContainerCgroup =
    "/system.slice/docker-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope";

std::string label_of(const NamespaceFacts& facts) {
  NamespaceNames names;
  return names.labels(std::vector{facts}, 100, MonotonicTime())[0];
}

TEST(NamespaceNames, PreferTheNameOfIpThenTheContainerThenTheNumber) {
  EXPECT_EQ(label_of({7, "blue", kContainerCgroup}), "blue");
  EXPECT_EQ(label_of({7, "", kContainerCgroup}), "container:0123456789ab");
  EXPECT_EQ(label_of({7, "", "/system.slice/ssh.service"}), "ns-7");
  EXPECT_EQ(label_of({7, "", ""}), "ns-7");
}

TEST(NamespaceNames, EscapeANameThatReadsLikeAnotherLabel) {
  EXPECT_EQ(label_of({7, "other", ""}), "\\x6fther");
  EXPECT_EQ(label_of({7, "host", ""}), "\\x68ost");
  EXPECT_EQ(label_of({7, "ns-5", ""}), "\\x6es-5");
  EXPECT_EQ(label_of({7, "container:0123456789ab", ""}), "\\x63ontainer:0123456789ab");
  EXPECT_EQ(label_of({7, "hosts", ""}), "hosts");
  EXPECT_EQ(label_of({7, "a\nb", ""}), "a\\x0ab");
  EXPECT_LE(label_of({7, "ns-" + std::string(200, 'x'), ""}).size(), 64U);
}

TEST(NamespaceNames, CallTheYoungOther) {
  NamespaceNames names;
  names.labels({}, 100, MonotonicTime());
  const std::vector<NamespaceFacts> alive = {{7, "blue", ""}};
  EXPECT_THAT(names.labels(alive, 100, MonotonicTime(seconds(1))), ElementsAre("other"));
  EXPECT_THAT(names.labels(alive, 100, MonotonicTime(seconds(60))), ElementsAre("other"));
  EXPECT_THAT(names.labels(alive, 100, MonotonicTime(seconds(61))), ElementsAre("blue"));
}

TEST(NamespaceNames, GoToTheOldestWhileThereAreTooMany) {
  NamespaceNames names;
  names.labels({}, 2, MonotonicTime());
  const NamespaceFacts a{1, "a", ""}, b{2, "b", ""}, c{3, "c", ""};
  names.labels(std::vector{c}, 2, MonotonicTime(seconds(1)));
  names.labels(std::vector{b, c}, 2, MonotonicTime(seconds(2)));
  names.labels(std::vector{a, b, c}, 2, MonotonicTime(seconds(3)));
  EXPECT_THAT(names.labels(std::vector{a, b, c}, 2, MonotonicTime(seconds(100))),
              ElementsAre("other", "b", "c"));
  EXPECT_THAT(names.labels(std::vector{a, c}, 2, MonotonicTime(seconds(101))),
              ElementsAre("a", "c"));
}

TEST(NamespaceNames, StayWhileTheNamespaceLives) {
  NamespaceNames names;
  names.labels(std::vector<NamespaceFacts>{{7, "blue", ""}}, 100, MonotonicTime());
  const std::vector<NamespaceFacts> renamed = {{7, "green", ""}};
  EXPECT_THAT(names.labels(renamed, 1, MonotonicTime(seconds(1))), ElementsAre("blue"));
}

TEST(NamespaceNames, AreNeverSharedByTwo) {
  NamespaceNames names;
  const std::string tail(100, 'x');
  const std::vector<NamespaceFacts> alive = {{1, "", kContainerCgroup},
                                             {2, "", kContainerCgroup},
                                             {3, tail + "a", ""},
                                             {4, tail + "b", ""}};
  EXPECT_THAT(names.labels(alive, 100, MonotonicTime()),
              ElementsAre("container:0123456789ab", "ns-2", std::string(64, 'x'), "ns-4"));
}

TEST(NamespaceNames, BelongToTheCookieAndNotToTheName) {
  NamespaceNames names;
  names.labels(std::vector<NamespaceFacts>{{7, "blue", ""}}, 100, MonotonicTime());
  const std::vector<NamespaceFacts> made_anew = {{8, "blue", ""}};
  EXPECT_THAT(names.labels(made_anew, 100, MonotonicTime(seconds(1))), Each("other"));
}

}  // namespace
}  // namespace sockwatch
