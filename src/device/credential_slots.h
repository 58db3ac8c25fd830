#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace fastness::device {

// Where a device keeps a few small texts by name. What `replace` was asked for is there when it
// returns and after any crash since; if it fails or the power goes, the text before it is.
class Store {
 public:
  virtual ~Store() = default;
  // Nothing if there is no such text.
  [[nodiscard]] virtual Result<std::optional<std::string>> read(std::string_view name) = 0;
  [[nodiscard]] virtual Result<void> replace(std::string_view name, std::string_view text) = 0;
};

// Files of mode 0600 in one folder, which must be there.
class DirectoryStore final : public Store {
 public:
  explicit DirectoryStore(std::filesystem::path folder) : folder_(std::move(folder)) {}
  [[nodiscard]] Result<std::optional<std::string>> read(std::string_view name) override;
  [[nodiscard]] Result<void> replace(std::string_view name, std::string_view text) override;

 private:
  std::filesystem::path folder_;
};

// For a device that has no disk, such as one that is simulated.
class MemoryStore final : public Store {
 public:
  [[nodiscard]] Result<std::optional<std::string>> read(std::string_view name) override;
  [[nodiscard]] Result<void> replace(std::string_view name, std::string_view text) override;

 private:
  std::map<std::string, std::string, std::less<>> texts_;
};

// The two certificates of a device. One is kept; the other is free, or on trial: a new one with
// which no server has let the device in yet. One text says which is which, so a crash anywhere
// leaves the state before or after a call, and never a device without a certificate that works.
// Thread-compatible.
class CredentialSlots {
 public:
  // Reads what is there. `not_found` if the device was never enrolled, `corrupted` if what is there
  // makes no sense. The store must outlive it.
  [[nodiscard]] static Result<CredentialSlots> open(Store& store);
  // Begins with the certificate that the device was enrolled with, PEM, in place of whatever is
  // there.
  [[nodiscard]] static Result<CredentialSlots> begin(Store& store, std::string certificate_pem);

  // What to connect with: the one on trial if there is one, else the kept one.
  [[nodiscard]] const std::string& present() const { return is_on_trial() ? *trial_ : kept_; }
  [[nodiscard]] const std::string& kept() const { return kept_; }
  [[nodiscard]] bool is_on_trial() const { return trial_.has_value(); }

  // Puts a certificate on trial, in place of one that is. On failure all is as it was.
  [[nodiscard]] Result<void> put_on_trial(std::string certificate_pem);
  // A server let the device in: from now on it is the kept one. Not an error without a trial.
  [[nodiscard]] Result<void> commit();
  // None did: the kept one goes on. Not an error without a trial.
  [[nodiscard]] Result<void> roll_back();

  // The request that is under way, so that one whose answer was lost is asked again word by word:
  // another one for the same certificate is taken for somebody else's. Gone with `commit`.
  [[nodiscard]] std::optional<Bytes> request() const;
  [[nodiscard]] Result<void> keep_request(ByteView request);

 private:
  enum class Slot : char { a = 'a', b = 'b' };
  CredentialSlots(Store& store, Slot slot, std::string kept)
      : store_(&store), slot_(slot), kept_(std::move(kept)) {}
  [[nodiscard]] static std::string name_of(Slot slot);
  [[nodiscard]] Slot other() const { return slot_ == Slot::a ? Slot::b : Slot::a; }

  Store* store_;  // a pointer, so that the object can be moved; outlives it
  Slot slot_;     // of the kept one
  std::string kept_;
  std::optional<std::string> trial_;
};

}  // namespace fastness::device
