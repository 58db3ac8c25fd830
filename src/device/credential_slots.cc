#include "device/credential_slots.h"

#include <utility>

#include "device/files.h"

namespace fastness::device {
namespace {

constexpr std::string_view kState = "slots";  // "a", "ab": a is kept, b on trial; "b", "ba"
constexpr std::string_view kRequest = "request";
constexpr std::size_t kMaxText = 16'384;

Result<std::string> require(Store& store, std::string_view name) {
  FASTNESS_ASSIGN_OR_RETURN(auto text, store.read(name));
  if (text && !text->empty()) return std::move(*text);
  return fail(Errc::corrupted, "the device's " + std::string(name) + " is missing");
}

}  // namespace

Result<std::optional<std::string>> DirectoryStore::read(std::string_view name) {
  auto text = read_file(folder_ / name, kMaxText);
  if (text) return std::optional(std::move(text).value());
  if (text.error().code == Errc::not_found) return std::optional<std::string>();
  return propagate(std::move(text));
}

Result<void> DirectoryStore::replace(std::string_view name, std::string_view text) {
  return replace_file(folder_ / name, text);
}

Result<std::optional<std::string>> MemoryStore::read(std::string_view name) {
  const auto found = texts_.find(name);
  return found == texts_.end() ? std::nullopt : std::optional(found->second);
}

Result<void> MemoryStore::replace(std::string_view name, std::string_view text) {
  texts_.insert_or_assign(std::string(name), std::string(text));
  return {};
}

std::string CredentialSlots::name_of(Slot slot) {
  return std::string("certificate-") + static_cast<char>(slot) + ".pem";
}

Result<CredentialSlots> CredentialSlots::open(Store& store) {
  FASTNESS_ASSIGN_OR_RETURN(const auto state, store.read(kState));
  if (!state) return fail(Errc::not_found, "the device was never enrolled here");
  const bool is_known = *state == "a" || *state == "ab" || *state == "b" || *state == "ba";
  if (!is_known) return fail(Errc::corrupted, "nobody knows which certificate is the device's");
  const Slot slot = state->front() == 'a' ? Slot::a : Slot::b;
  FASTNESS_ASSIGN_OR_RETURN(std::string kept, require(store, name_of(slot)));
  CredentialSlots slots(store, slot, std::move(kept));
  if (state->size() == 2) {
    FASTNESS_ASSIGN_OR_RETURN(slots.trial_, require(store, name_of(slots.other())));
  }
  return slots;
}

Result<CredentialSlots> CredentialSlots::begin(Store& store, std::string certificate_pem) {
  FASTNESS_ASSIGN_OR_RETURN(const auto state, store.read(kState));
  // Beside the one that is kept, which counts until the state says otherwise.
  const Slot slot = state && state->starts_with('a') ? Slot::b : Slot::a;
  FASTNESS_RETURN_IF_ERROR(store.replace(kRequest, ""));
  FASTNESS_RETURN_IF_ERROR(store.replace(name_of(slot), certificate_pem));
  FASTNESS_RETURN_IF_ERROR(store.replace(kState, std::string(1, static_cast<char>(slot))));
  return CredentialSlots(store, slot, std::move(certificate_pem));
}

Result<void> CredentialSlots::put_on_trial(std::string certificate_pem) {
  // The slot of a trial is written only while the state does not count on it.
  FASTNESS_RETURN_IF_ERROR(roll_back());
  FASTNESS_RETURN_IF_ERROR(store_->replace(name_of(other()), certificate_pem));
  const std::string state = {static_cast<char>(slot_), static_cast<char>(other())};
  FASTNESS_RETURN_IF_ERROR(store_->replace(kState, state));
  trial_ = std::move(certificate_pem);
  return {};
}

Result<void> CredentialSlots::commit() {
  if (!trial_) return {};
  FASTNESS_RETURN_IF_ERROR(store_->replace(kState, std::string(1, static_cast<char>(other()))));
  slot_ = other();
  kept_ = std::move(*trial_);
  trial_.reset();
  return store_->replace(kRequest, "");
}

Result<void> CredentialSlots::roll_back() {
  if (!trial_) return {};
  FASTNESS_RETURN_IF_ERROR(store_->replace(kState, std::string(1, static_cast<char>(slot_))));
  trial_.reset();
  return {};
}

std::optional<Bytes> CredentialSlots::request() const {
  const auto text = store_->read(kRequest);
  if (!text || !*text || (*text)->empty()) return std::nullopt;
  auto request = from_base64url(**text);
  return request ? std::optional(std::move(request).value()) : std::nullopt;
}

Result<void> CredentialSlots::keep_request(ByteView request) {
  return store_->replace(kRequest, to_base64url(request));
}

}  // namespace fastness::device
