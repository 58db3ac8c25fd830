#pragma once

#include <string>

namespace fastness::cli {

// One line on a terminal that is written over as work goes on; nothing where there is no terminal.
class Progress {
 public:
  Progress();
  // Leaves what was said last, on a line of its own.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void say(const std::string& text);
  // "12 of 100 test devices made".
  void say(std::size_t done, std::size_t of, const std::string& what);

 private:
  bool is_terminal_;
  bool has_said_ = false;
};

}  // namespace fastness::cli
