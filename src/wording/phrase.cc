#include "wording/phrase.h"

#include <utility>

namespace fastness::wording {

const std::string& Phrase::in(Language language) const {
  switch (language) {
    case Language::german:
      return de;
    case Language::english:
      break;
  }
  return en;
}

Phrase& Phrase::operator+=(const Phrase& more) {
  en += more.en;
  de += more.de;
  return *this;
}

Phrase& Phrase::operator+=(std::string_view alike) {
  en += alike;
  de += alike;
  return *this;
}

Phrase operator+(Phrase begin, const Phrase& more) {
  begin += more;
  return begin;
}

Phrase operator+(Phrase begin, std::string_view alike) {
  begin += alike;
  return begin;
}

Phrase operator+(std::string_view alike, const Phrase& more) {
  return wording::alike(alike) + more;
}

Phrase alike(std::string_view text) {
  return {.en = std::string(text), .de = std::string(text)};
}

}  // namespace fastness::wording
