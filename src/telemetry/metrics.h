// Numbers about a running process, in the form Prometheus reads.
//
// Each component has a `Probe` class whose methods are events (`probe.handshake_failed(reason)`);
// the probe owns references to what it registered here, so logic never touches a counter.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fastness::telemetry {

// Only ever grows. Thread-safe.
class Counter {
 public:
  void increment(std::uint64_t by = 1) { value_.fetch_add(by, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// Goes up and down. Thread-safe.
class Gauge {
 public:
  void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
  void add(std::int64_t by) { value_.fetch_add(by, std::memory_order_relaxed); }
  [[nodiscard]] std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

// How observations spread over fixed buckets. Thread-safe; a render during an observation may see
// the bucket before the sum.
class Histogram {
 public:
  // `upper_bounds` ascending; one more bucket, for everything above, is implied.
  explicit Histogram(std::vector<double> upper_bounds);

  void observe(double value);

  [[nodiscard]] const std::vector<double>& upper_bounds() const { return upper_bounds_; }
  [[nodiscard]] std::uint64_t in_bucket(std::size_t index) const {
    return buckets_[index].load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t count() const;
  [[nodiscard]] double sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  std::vector<double> upper_bounds_;
  std::vector<std::atomic<std::uint64_t>> buckets_;
  std::atomic<double> sum_{0};
};

// 100 microseconds to 10 seconds: what a person or a board waits for.
[[nodiscard]] std::vector<double> latency_bounds();

using Labels = std::vector<std::pair<std::string, std::string>>;

// Holds every metric of a process. Registration and rendering are thread-safe; the references live
// as long as the registry. Asking for the same name and labels again gives the same metric. Names
// and label names are ours, label values are fixed sets of ours: never a peer's text, which would
// let it fill memory.
class Registry {
 public:
  Counter& counter(std::string_view name, std::string_view help, const Labels& labels = {});
  Gauge& gauge(std::string_view name, std::string_view help, const Labels& labels = {});
  Histogram& histogram(std::string_view name, std::string_view help,
                       std::vector<double> upper_bounds, const Labels& labels = {});

  // A gauge that is asked when somebody looks. `read` is called from the rendering thread, under
  // the registry's lock, and must outlive the registry.
  void observe_gauge(std::string_view name, std::string_view help, const Labels& labels,
                     std::function<double()> read);

  // Prometheus text exposition format 0.0.4.
  [[nodiscard]] std::string render() const;

 private:
  template <typename Metric>
  struct Sample {
    template <typename... Arguments>
    explicit Sample(std::string labels_, Arguments&&... arguments)
        : labels(std::move(labels_)), metric(std::forward<Arguments>(arguments)...) {}
    std::string labels;  // rendered: `a="b",c="d"`
    Metric metric;
  };
  template <typename Metric>
  struct Family {
    std::string name;
    std::string help;
    std::deque<Sample<Metric>> samples;  // a deque never moves what it holds
  };
  template <typename Metric>
  using Families = std::deque<Family<Metric>>;

  template <typename Metric, typename... Arguments>
  Metric& find_or_add(Families<Metric>& families, std::string_view name, std::string_view help,
                      const Labels& labels, Arguments&&... arguments);

  mutable std::mutex mutex_;
  Families<Counter> counters_;
  Families<Gauge> gauges_;
  Families<Histogram> histograms_;
  Families<std::function<double()>> observed_;
};

}  // namespace fastness::telemetry
