#include "telemetry/metrics.h"

#include <thread>

#include <gtest/gtest.h>

namespace fastness::telemetry {
namespace {

TEST(Registry, RendersEachKindOfMetric) {
  Registry registry;
  registry.counter("messages_total", "Messages.", {{"qos", "1"}}).increment(3);
  registry.gauge("sessions", "Open sessions.").set(-2);
  registry.observe_gauge("depth", "Queue depth.", {}, [] { return 1.5; });
  Histogram& seconds = registry.histogram("commit_seconds", "Commit.", {0.5, 1});
  seconds.observe(0.5);
  seconds.observe(0.75);
  seconds.observe(9);

  EXPECT_EQ(registry.render(),
            "# HELP messages_total Messages.\n"
            "# TYPE messages_total counter\n"
            "messages_total{qos=\"1\"} 3\n"
            "# HELP sessions Open sessions.\n"
            "# TYPE sessions gauge\n"
            "sessions -2\n"
            "# HELP depth Queue depth.\n"
            "# TYPE depth gauge\n"
            "depth 1.5\n"
            "# HELP commit_seconds Commit.\n"
            "# TYPE commit_seconds histogram\n"
            "commit_seconds_bucket{le=\"0.5\"} 1\n"
            "commit_seconds_bucket{le=\"1\"} 2\n"
            "commit_seconds_bucket{le=\"+Inf\"} 3\n"
            "commit_seconds_sum 10.25\n"
            "commit_seconds_count 3\n");
}

TEST(Registry, SameNameAndLabelsAreTheSameMetric) {
  Registry registry;
  Counter& first = registry.counter("a_total", "A.", {{"k", "1"}});
  Counter& other = registry.counter("a_total", "A.", {{"k", "2"}});

  EXPECT_EQ(&first, &registry.counter("a_total", "A.", {{"k", "1"}}));
  EXPECT_NE(&first, &other);
}

TEST(Registry, EscapesLabelValues) {
  Registry registry;
  registry.counter("a_total", "A.", {{"k", "q\"b\\n\n"}}).increment();

  EXPECT_NE(registry.render().find(R"(a_total{k="q\"b\\n\n"} 1)"), std::string::npos);
}

TEST(Counter, CountsFromManyThreads) {
  Registry registry;
  Counter& counter = registry.counter("a_total", "A.");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&counter] {
      for (int n = 0; n < 1000; ++n) counter.increment();
    });
  }
  for (std::thread& thread : threads) thread.join();

  EXPECT_EQ(counter.value(), 4000U);
}

}  // namespace
}  // namespace fastness::telemetry
