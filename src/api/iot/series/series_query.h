// One of the requests of a batch, resolved on the control thread and answered on the seal pool.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "api/access/policy.h"
#include "api/parts.h"
#include "history/history.h"
#include "json/object_reader.h"
#include "json/writer.h"
#include "things/things.h"

namespace fastness::api::iot {

// What all kinds of series queries have.
struct SeriesQuery {
  std::string text;  // `property.<id>` or `thing.<id>`, echoed
  history::TimeRange range{};
  std::int64_t version = 1;  // resp_version, echoed
  std::size_t limit = 0;
  history::Order order = history::Order::descending;
  std::optional<std::chrono::seconds> interval;
  std::optional<history::Aggregation> aggregation;
  std::string failure;  // why it has no property; empty if it has

  // Of its property.
  std::optional<history::Series> series;
  std::optional<ThingId> thing;
  std::optional<PropertyId> property;
  std::string name;
  const things::PropertyType* type = nullptr;
};

enum class SeriesKind : std::uint8_t { aggregated, raw, sampled };

// The queries of a body. A query of a thing becomes one for each of its properties; one that names
// nothing of the caller's stays, with its failure, so that the rest of the batch is answered.
[[nodiscard]] Result<std::vector<SeriesQuery>, Problem> read_queries(const Parts& parts,
                                                                     const Call& call,
                                                                     SeriesKind kind);

// Reads history and writes one element of `responses`. Seal pool.
void answer(json::Writer& out, const history::History& history, const SeriesQuery& query,
            SeriesKind kind);

}  // namespace fastness::api::iot
