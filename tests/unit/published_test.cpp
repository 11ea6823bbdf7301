#include "report/published.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace sockwatch {
namespace {

TEST(Published, IsEmptyBeforeTheFirstValue) {
  EXPECT_EQ(Published<int>().load(), nullptr);
}

TEST(Published, GivesTheLastValue) {
  Published<int> published;
  published.store(std::make_shared<int>(1));
  published.store(std::make_shared<int>(2));
  EXPECT_EQ(*published.load(), 2);
  EXPECT_EQ(published.load(), published.load()) << "readers share one value";
}

TEST(Published, KeepsAValueForAsLongAsItIsRead) {
  Published<int> published;
  published.store(std::make_shared<int>(1));
  const auto held = published.load();
  const std::weak_ptr<const int> watched = held;
  published.store(std::make_shared<int>(2));
  EXPECT_EQ(*held, 1);
  EXPECT_EQ(watched.use_count(), 1) << "only its reader keeps it";
}

TEST(Published, ShowsReadersWholeValuesInOrder) {
  struct Twin {
    int left = 0;
    int right = 0;
  };
  constexpr int kRounds = 1000;
  Published<Twin> published;
  published.store(std::make_shared<Twin>());
  std::atomic<int> torn = 0;
  const auto read = [&] {
    int last = 0;
    for (int i = 0; i < kRounds; ++i) {
      const auto twin = published.load();
      if (twin->left != twin->right || twin->left < last) ++torn;
      last = twin->left;
    }
  };
  {
    const std::jthread first(read);
    const std::jthread second(read);
    for (int i = 1; i <= kRounds; ++i) published.store(std::make_shared<Twin>(Twin{i, i}));
  }
  EXPECT_EQ(torn, 0);
}

}  // namespace
}  // namespace sockwatch
