#include "supervisor/recovery/custody_text.h"

#include <algorithm>

#include "json/text_in.h"
#include "json/value.h"

namespace fastness::supervisor {
namespace {

constexpr std::size_t kCustodyColumn = 18;

void add_row(std::string& out, const std::string& name, const std::string& text) {
  out += name + std::string(kCustodyColumn - std::min(name.size(), kCustodyColumn - 1), ' ') +
         text + "\n";
}

std::int64_t number_in(const json::Value& object, std::string_view name) {
  const json::Value* value = object.find(name);
  const auto* number = value != nullptr ? value->get<std::int64_t>() : nullptr;
  return number != nullptr ? *number : 0;
}

bool is_set(const json::Value& object, std::string_view name) {
  const json::Value* value = object.find(name);
  const auto* flag = value != nullptr ? value->get<bool>() : nullptr;
  return flag != nullptr && *flag;
}

std::string keys_text(const json::Value& custody) {
  if (text_in(custody, "keys") != "token") return "in sealed files";
  return "in the token " + text_in(custody, "token") + ", which they never leave";
}

// ARCHITECTURE, 3: what a thief of the disk has.
std::string thief_text(const json::Value& custody) {
  if (text_in(custody, "opens_with") == "passphrase") {
    return "nothing without the passphrase, which they may guess at for as long as they like";
  }
  if (text_in(custody, "keys") == "token") {
    return "all data, for the key file opens it; not the authority keys, which need the token";
  }
  return "everything, for the key file that opens it is on it: encrypt the disk";
}

std::string kit_text(const json::Value& kit) {
  const std::int64_t shares = number_in(kit, "shares");
  std::string out = "made " + text_in(kit, "created_at") + ", opens with ";
  out += shares == 0 ? "its passphrase"
                     : std::to_string(number_in(kit, "needed")) + " of its " +
                           std::to_string(shares) + " shares";
  const std::string rehearsed = text_in(kit, "rehearsed_at");
  return out + (rehearsed.empty() ? "; never rehearsed" : "; rehearsed " + rehearsed);
}

void add_kits(std::string& out, const json::Value& custody) {
  const json::Value* list = custody.find("kits");
  const auto* kits = list != nullptr ? list->get<json::Array>() : nullptr;
  if (kits == nullptr || kits->empty()) {
    add_row(out, "recovery kit",
            "none: with this host all data would be lost. Stop the instance "
            "and run fastness host kit create FILE");
    return;
  }
  for (const json::Value& kit : *kits) {
    add_row(out, "recovery kit", kit_text(kit));
    add_row(out, "", text_in(kit, "id"));
  }
  const std::int64_t missing = number_in(custody, "owners_without_kit");
  if (missing > 0) {
    add_row(out, "needs you",
            std::to_string(missing) +
                (missing == 1 ? " organisation or person" : " organisations and people") +
                " came after the newest kit: make a new one, or their data is lost with the host");
  }
}

}  // namespace

std::string custody_as_text(const json::Value& custody) {
  std::string out;
  add_row(out, "authority keys", keys_text(custody));
  add_row(out, "root key",
          text_in(custody, "opens_with") == "passphrase" ? "opens with a passphrase"
                                                         : "opens with a key file beside it");
  add_row(out, "a stolen disk", "gives " + thief_text(custody));
  add_row(out, "standby root",
          is_set(custody, "has_standby_root")
              ? "waits here to be carried away: it is lost, or stolen, with this host"
              : "carried away");
  const json::Value* generations = custody.find("generations");
  if (const auto* each = generations != nullptr ? generations->get<json::Array>() : nullptr) {
    for (const json::Value& generation : *each) {
      add_row(out, "generation " + std::to_string(number_in(generation, "id")),
              text_in(generation, "state"));
    }
  }
  add_kits(out, custody);
  return out;
}

}  // namespace fastness::supervisor
