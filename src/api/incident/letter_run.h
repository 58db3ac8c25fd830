#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "api/parts.h"
#include "wording/letter.h"

namespace fastness::api {

// Letters about one incident on their way, one after the other. Who got theirs is written down at
// once, so that a run that was cut off is taken up where it was. Lives on the control thread, and
// as long as it sends.
class LetterRun : public std::enable_shared_from_this<LetterRun> {
 public:
  // `parts` must outlive it, and can write to people.
  LetterRun(const Parts& parts, std::int64_t incident, wording::Letter letter,
            std::vector<UserId> to)
      : parts_(parts), incident_(incident), letter_(std::move(letter)), waiting_(std::move(to)) {}

  // Writes to the next one, and after the last notes how many were told. Called once from outside.
  void go_on();

 private:
  void arrived(UserId user, const Result<void>& delivered);

  const Parts& parts_;
  std::int64_t incident_;
  wording::Letter letter_;
  std::vector<UserId> waiting_;  // the next one last
  std::size_t told_ = 0;
  std::size_t failed_ = 0;
};

}  // namespace fastness::api
