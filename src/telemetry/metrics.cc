#include "telemetry/metrics.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace fastness::telemetry {

namespace {

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::array<char, 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), end};
}

// Exposition format: label values escape backslash, quote and line feed; help texts all but quotes.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') out += '\\';
    out += c;
  }
  return out;
}

std::string rendered(const Labels& labels) {
  std::string out;
  for (const auto& [name, value] : labels) {
    if (!out.empty()) out += ',';
    out += name + "=\"" + escaped(value) + '"';
  }
  return out;
}

std::string line(std::string_view name, std::string_view labels, const std::string& value) {
  std::string out(name);
  if (!labels.empty()) out.append("{").append(labels).append("}");
  return out + ' ' + value + '\n';
}

std::string head(std::string_view name, std::string_view help, std::string_view type) {
  std::string out = "# HELP ";
  out.append(name).append(" ").append(help).append("\n# TYPE ");
  return out.append(name).append(" ").append(type).append("\n");
}

std::string with_bound(const std::string& labels, double bound) {
  return labels + (labels.empty() ? "" : ",") + "le=\"" + number(bound) + '"';
}

std::string samples_of(const std::string& name, const std::string& labels,
                       const Histogram& histogram) {
  std::string out;
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < histogram.upper_bounds().size(); ++i) {
    below += histogram.in_bucket(i);
    out += line(name + "_bucket", with_bound(labels, histogram.upper_bounds()[i]),
                std::to_string(below));
  }
  below += histogram.in_bucket(histogram.upper_bounds().size());
  out += line(name + "_bucket", with_bound(labels, HUGE_VAL), std::to_string(below));
  out += line(name + "_sum", labels, number(histogram.sum()));
  return out + line(name + "_count", labels, std::to_string(below));
}

}  // namespace

Histogram::Histogram(std::vector<double> upper_bounds)
    : upper_bounds_(std::move(upper_bounds)), buckets_(upper_bounds_.size() + 1) {}

void Histogram::observe(double value) {
  const auto bound = std::ranges::lower_bound(upper_bounds_, value);
  const auto index = static_cast<std::size_t>(bound - upper_bounds_.begin());
  buckets_[index].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

std::uint64_t Histogram::count() const {
  std::uint64_t total = 0;
  for (const auto& bucket : buckets_) total += bucket.load(std::memory_order_relaxed);
  return total;
}

std::vector<double> latency_bounds() {
  return {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
          0.05,   0.1,     0.25,   0.5,   1,      2.5,   5,    10};
}

template <typename Metric, typename... Arguments>
Metric& Registry::find_or_add(Families<Metric>& families, std::string_view name,
                              std::string_view help, const Labels& labels,
                              Arguments&&... arguments) {
  const std::lock_guard lock(mutex_);
  auto family = std::ranges::find(families, name, &Family<Metric>::name);
  if (family == families.end()) {
    families.push_back({std::string(name), std::string(help), {}});
    family = std::prev(families.end());
  }
  const std::string wanted = rendered(labels);
  const auto sample = std::ranges::find(family->samples, wanted, &Sample<Metric>::labels);
  if (sample != family->samples.end()) return sample->metric;
  return family->samples.emplace_back(wanted, std::forward<Arguments>(arguments)...).metric;
}

Counter& Registry::counter(std::string_view name, std::string_view help, const Labels& labels) {
  return find_or_add(counters_, name, help, labels);
}

Gauge& Registry::gauge(std::string_view name, std::string_view help, const Labels& labels) {
  return find_or_add(gauges_, name, help, labels);
}

Histogram& Registry::histogram(std::string_view name, std::string_view help,
                               std::vector<double> upper_bounds, const Labels& labels) {
  return find_or_add(histograms_, name, help, labels, std::move(upper_bounds));
}

void Registry::observe_gauge(std::string_view name, std::string_view help, const Labels& labels,
                             std::function<double()> read) {
  find_or_add(observed_, name, help, labels, std::move(read));
}

std::string Registry::render() const {
  const std::lock_guard lock(mutex_);
  std::string out;
  for (const auto& family : counters_) {
    out += head(family.name, family.help, "counter");
    for (const auto& sample : family.samples) {
      out += line(family.name, sample.labels, std::to_string(sample.metric.value()));
    }
  }
  for (const auto& family : gauges_) {
    out += head(family.name, family.help, "gauge");
    for (const auto& sample : family.samples) {
      out += line(family.name, sample.labels, std::to_string(sample.metric.value()));
    }
  }
  for (const auto& family : observed_) {
    out += head(family.name, family.help, "gauge");
    for (const auto& sample : family.samples) {
      out += line(family.name, sample.labels, number(sample.metric()));
    }
  }
  for (const auto& family : histograms_) {
    out += head(family.name, family.help, "histogram");
    for (const auto& sample : family.samples) {
      out += samples_of(family.name, sample.labels, sample.metric);
    }
  }
  return out;
}

}  // namespace fastness::telemetry
