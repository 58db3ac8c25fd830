// What a browser says that a page of ours did and its policy forbids (CSP Level 3, section 5.3, in
// the form that `report-uri` sends).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "http/syntax/fields.h"

namespace fastness::api {

// Anybody can send one, so it holds nothing of theirs that is longer or stranger than needed to
// find the fault: no query, no fragment, no sample of a script.
struct BrowserReport {
  std::string_view directive;  // which forbade it: a constant
  std::string refused;         // an origin, or a word as "inline" or "eval"; "other" for the rest
  std::string page;            // a path of ours; "other" for what no page of ours is called
};

// `invalid_argument` if it is no such report, or none about a page at `to_host`.
[[nodiscard]] Result<BrowserReport> parse_browser_report(std::string_view body,
                                                         const http::Host& to_host);

}  // namespace fastness::api
