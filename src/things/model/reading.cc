#include "things/model/reading.h"

namespace fastness::things {

std::string_view to_text(Source source) {
  switch (source) {
    case Source::device:
      return "device";
    case Source::user:
      return "user";
    case Source::api:
      return "api";
  }
  return "unknown";
}

}  // namespace fastness::things
