// Reads arbitrary bytes as a browser's report. What comes of one is short, plain and of our own
// host.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "api/reports/browser_report.h"
#include "base/bytes.h"
#include "base/fixed_limits.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fastness;
  const std::string_view text = as_text(ByteView(data, size));
  const auto report = api::parse_browser_report(text, {"localhost", 8443});
  if (!report) return 0;
  if (report->directive.empty() || report->refused.empty() || report->page.empty()) std::abort();
  if (report->page.size() > fixed_limit("browser_reports.page_bytes")) std::abort();
  for (const std::string_view shown :
       {std::string_view(report->refused), std::string_view(report->page)}) {
    if (shown.find_first_of("?#\n\r\" ") != std::string_view::npos) std::abort();
  }
  return 0;
}
