// How the generator talks to whoever runs it: a line of JSON at each mark, after which it waits for
// a line on its input, so that the broker's CPU time and memory can be read at that moment.
#pragma once

#include <string>
#include <string_view>

namespace fastness::load {

class Mark {
 public:
  explicit Mark(std::string_view name) : line_("{\"mark\":\"" + std::string(name) + '"') {}
  Mark& figure(std::string_view name, double value);
  Mark& text(std::string_view name, std::string_view value);
  void print_and_wait();

 private:
  std::string line_;
};

}  // namespace fastness::load
