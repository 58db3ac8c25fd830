#include "marks.h"

#include <iostream>

namespace fastness::load {

Mark& Mark::figure(std::string_view name, double value) {
  line_ += ",\"" + std::string(name) + "\":" + std::to_string(value);
  return *this;
}

Mark& Mark::text(std::string_view name, std::string_view value) {
  line_ += ",\"" + std::string(name) + "\":\"";
  for (const char c : value) line_ += c == '"' || c == '\\' || c < ' ' ? ' ' : c;
  line_ += '"';
  return *this;
}

void Mark::print_and_wait() {
  std::cout << line_ << "}" << std::endl;  // NOLINT(performance-avoid-endl): they wait for it
  std::string line;
  std::getline(std::cin, line);
}

}  // namespace fastness::load
