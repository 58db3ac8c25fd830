#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "../local_instance.h"
#include "base/clock.h"
#include "crypto/public_key/p256.h"
#include "os/process.h"

namespace fastness::cli {

// A whole instance in a temporary directory, on loopback ports of its own, whose device authority
// has a key that we know: what a drill steals. No other instance hears of it. It ends with the
// object, or with us, and the object takes its directory away.
class ThrowawayInstance {
 public:
  // Called again and again while something is waited for; waits a little itself.
  using Meanwhile = std::function<void()>;

  // Runs the programs beside this one. `unavailable` if it does not serve within half a minute.
  [[nodiscard]] static Result<std::unique_ptr<ThrowawayInstance>> start(const Clock& clock,
                                                                        const Meanwhile& meanwhile);
  ~ThrowawayInstance();
  ThrowawayInstance(const ThrowawayInstance&) = delete;
  ThrowawayInstance& operator=(const ThrowawayInstance&) = delete;

  [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }
  // Where it listens, with an API key of its owner.
  [[nodiscard]] const LocalInstance& local() const { return local_; }
  [[nodiscard]] const crypto::PrivateKey& authority_key() const { return authority_key_; }

  // `fastnessd ARGUMENTS --data-dir …`, as the host's owner. Its failure in its own words.
  [[nodiscard]] Result<void> order(std::vector<std::string> arguments, const Meanwhile& meanwhile);

 private:
  ThrowawayInstance(const Clock& clock, std::filesystem::path directory, std::string programs)
      : clock_(clock), directory_(std::move(directory)), programs_(std::move(programs)) {}

  [[nodiscard]] Result<void> make_vault(const Meanwhile& meanwhile);
  [[nodiscard]] Result<void> serve(const Meanwhile& meanwhile);
  [[nodiscard]] Result<void> make_owner(const Meanwhile& meanwhile);
  // What the program printed, both streams to one file; an error if it did not succeed.
  [[nodiscard]] Result<std::string> run(const std::string& program,
                                        std::vector<std::string> arguments,
                                        const Meanwhile& meanwhile);
  [[nodiscard]] Result<os::Process> spawn(const std::string& program,
                                          std::vector<std::string> arguments,
                                          const std::filesystem::path& output) const;

  const Clock& clock_;
  std::filesystem::path directory_;
  std::string programs_;  // the folder of the programs
  const crypto::PrivateKey authority_key_ = crypto::PrivateKey::generate();
  LocalInstance local_;
  std::unique_ptr<os::Process> server_;
};

}  // namespace fastness::cli
