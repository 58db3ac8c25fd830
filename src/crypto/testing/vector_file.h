#pragma once

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include "base/bytes.h"

namespace fastness::crypto::testing {

// A flat JSON object of texts, as tests/vectors/ holds golden bytes: enough of a reader for files
// that we wrote ourselves. Ends the test program if a member is missing.
class VectorFile {
 public:
  explicit VectorFile(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    text_ = text.str();
  }

  [[nodiscard]] std::string text(const std::string& name) const {
    const std::string start = "\"" + name + "\": \"";
    const std::size_t at = text_.find(start);
    if (at == std::string::npos) {
      std::cerr << "the vector file lacks " << name << "\n";
      std::abort();
    }
    const std::size_t begin = at + start.size();
    return text_.substr(begin, text_.find('"', begin) - begin);
  }

  [[nodiscard]] Bytes bytes(const std::string& name) const { return from_hex(text(name)).value(); }

 private:
  std::string text_;
};

}  // namespace fastness::crypto::testing
