// Somebody who looks at requests before they are served.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "http/message.h"

namespace fastness::http {

// A request as it came. Immutable while somebody looks at it.
struct Inspected {
  Request request;
  std::string target;          // path and query, as they were sent
  bool asks_for_head = false;  // a HEAD, which is served as a GET
};

// Asked about each request, on its connection's thread, which it must not keep. Calls `done` once,
// from any thread: with the refusal to answer, or with nothing if the request may go on. A request
// that is gone by the time of somebody to look at it has nobody who waits; `done` may be forgotten.
using Inspect = std::function<void(std::weak_ptr<const Inspected> request,
                                   std::function<void(std::optional<Response> refusal)> done)>;

}  // namespace fastness::http
