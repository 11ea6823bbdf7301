// Fixture: the test runs inside a network namespace of its own, with lo up; it is skipped where
// none can be made. The processes and sockets of the test have to be local to it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "support/netns.h"

namespace sockwatch::test {

class InNamespace : public testing::Test {
 protected:
  void SetUp() override {
    const std::string why_not = TestNamespace::missing_privilege();
    if (!why_not.empty()) GTEST_SKIP() << why_not;
    netns_ = std::make_unique<TestNamespace>();
    visit_.emplace(netns_->path());
  }

  const TestNamespace& netns() const { return *netns_; }

 private:
  std::unique_ptr<TestNamespace> netns_;
  std::optional<NamespaceVisit> visit_;  // ends before netns_
};

}  // namespace sockwatch::test
