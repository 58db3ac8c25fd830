#pragma once

#include <string>

#include "wording/phrase.h"

namespace fastness::wording {

// A letter as one person gets it: UTF-8, a subject of one line, a body whose lines end by a line
// feed.
struct Written {
  std::string subject;
  std::string body;
};

// A letter to somebody, whatever language they read.
struct Letter {
  Phrase subject;
  Phrase body;

  [[nodiscard]] Written in(Language language) const {
    return {subject.in(language), body.in(language)};
  }
};

}  // namespace fastness::wording
