#include "api/v1/attention.h"

#include <algorithm>
#include <utility>

#include "accounts/accounts.h"
#include "identity/identity.h"
#include "json/time_text.h"
#include "pipeline/refusals.h"
#include "things/devices.h"
#include "things/last_values.h"
#include "things/things.h"

namespace fastness::api {
namespace {

// How long before its end a credential is a person's business.
constexpr std::chrono::hours kSoon{24 * 14};

// Of the cap on history, in hundredths: from here on the owner should think of it.
constexpr std::uint64_t kNearlyFull = 90;

std::string days_left(Timestamp deadline, Timestamp now) {
  const auto days = std::chrono::ceil<std::chrono::days>(deadline - now).count();
  return days <= 1 ? "within a day" : "in " + std::to_string(days) + " days";
}

// A day as people write it: "2027-01-31".
std::string day_of(Timestamp time) {
  return json::to_time_text(time).substr(0, 10);
}

std::optional<Attention> certificate_attention(const Parts& parts, const things::Device& device) {
  using Reason = identity::AttentionReason;
  const auto needed = parts.identity.certificate_attention(device.organisation, device.id);
  if (!needed || !*needed) return std::nullopt;
  const auto& [reason, deadline] = **needed;
  const Timestamp now = parts.clock.now();
  const std::string& name = device.said.name;
  const std::string remedy =
      "Issue it a new certificate: its key stays, and so does everything it has sent. A board that "
      "makes itself another key becomes a new device, which takes this one's place.";
  Attention attention{.kind = "board_cut_off",
                      .title = {},
                      .remedy = remedy,
                      .deadline = deadline,
                      .device = device.id};
  switch (reason) {
    case Reason::certificate_ends:
      attention.kind = "certificate_ends";
      attention.title =
          name + " was not renewed; its certificate " +
          (deadline <= now ? "ended on " + day_of(deadline) : "ends " + days_left(deadline, now));
      attention.remedy = "Enrol it again: its key stays, and so does everything it has sent.";
      break;
    case Reason::cut_off_nears:
      attention.title = name + " is cut off " + days_left(deadline, now) +
                        ": the key that signed its certificate was given up, and it cannot renew";
      break;
    case Reason::cut_off_is_passed:
      attention.title = name + " is cut off since " + day_of(deadline) +
                        ": the key that signed its certificate was given up, and it cannot renew";
      break;
  }
  return attention;
}

// Whoever changed the key had both keys; whether that was the device, its owner knows.
std::optional<Attention> key_change_attention(const Parts& parts, const things::Device& device,
                                              const identity::DeviceIdentity& identity) {
  const Timestamp now = parts.clock.now();
  const auto& change = identity.key_change;
  if (!change || !change->is_undoable(identity.pinned_key, now)) return std::nullopt;
  const Timestamp until = change->at + identity::kKeyChangeUndo;
  return Attention{
      .kind = "key_changed",
      .title = device.said.name + " has another key since " + json::to_time_text(change->at),
      .remedy = "If you know why, there is nothing to do. If not, take it back before " +
                json::to_time_text(until) +
                "; and because somebody has the old key then, give the device's thing to a new "
                "device and revoke this one.",
      .deadline = until,
      .device = device.id,
  };
}

// What was refused of the property last, if nothing was taken and nobody changed it since. One bad
// value between good ones needs nobody.
const pipeline::Refusals::Record* standing_refusal(const Parts& parts,
                                                   const things::Property& property) {
  const auto* refused = parts.refusals.find(property.id);
  if (refused == nullptr || property.updated_at >= refused->last_at) return nullptr;
  const auto* last = parts.last_values.find(property.id);
  return last != nullptr && last->updated >= refused->last_at ? nullptr : refused;
}

std::optional<Attention> values_attention(const Parts& parts, const things::Device& device) {
  const auto* thing = parts.things.of_device(device.organisation, device.id);
  if (thing == nullptr) return std::nullopt;
  for (const auto* property : parts.things.properties(device.organisation, thing->id)) {
    const auto* refused = standing_refusal(parts, *property);
    if (refused == nullptr) continue;
    return Attention{
        .kind = "values_refused",
        .title = "What " + device.said.name + " sends as " + property->said.name + " is refused",
        .remedy = std::string(pipeline::explain(refused->last_reason)) +
                  " Change the property, or the sketch.",
        .device = device.id,
        .thing = thing->id,
        .property = property->id,
    };
  }
  return std::nullopt;
}

std::optional<Attention> history_attention(const StorageUse& storage) {
  if (storage.cap_bytes == 0 || storage.used_bytes * 100 < storage.cap_bytes * kNearlyFull) {
    return std::nullopt;
  }
  return Attention{
      .kind = "storage_full",
      .title = "History has nearly all the room it may take",
      .remedy =
          "From its limit on, the oldest days go. To keep more, raise history.cap_bytes; to "
          "need less, lower history.retention_days.",
  };
}

std::optional<Attention> lockdown_attention(const std::optional<identity::Locked>& locked) {
  if (!locked) return std::nullopt;
  return Attention{
      .kind = "enrolment_locked",
      .title = "Nothing new is let in: the device key of generation " +
               std::to_string(locked->generation.value()) + " is loose",
      .remedy =
          "Devices that are known go on. Whoever runs this server gives the key up with fastness "
          "ca rotate --emergency, and then ends this with fastness ca unlock.",
  };
}

// One for all that wait: they are decided in one place.
std::optional<Attention> claims_attention(const Parts& parts, OrganisationId organisation) {
  const auto waiting = parts.identity.claims().waiting(organisation);
  if (!waiting || waiting->empty()) return std::nullopt;
  const bool is_one = waiting->size() == 1;
  return Attention{
      .kind = "claim_waits",
      .title = is_one ? waiting->front().hardware_id + " waits for you to let it in"
                      : std::to_string(waiting->size()) + " devices wait for you to let them in",
      .remedy =
          "It came by a claim code or a claim certificate. Compare its key with the one that the "
          "device shows, then approve or refuse it.",
  };
}

std::optional<Attention> key_attention(const accounts::ApiKey& key, Timestamp now) {
  const accounts::KeyState state = accounts::state_of(key, now);
  if (state == accounts::KeyState::leaked) {
    return Attention{
        .kind = "api_key_leaked",
        .title = "API key " + key.name + " was reported as leaked on " + day_of(*key.leaked_at),
        .remedy =
            "It opens nothing any more. See in the audit trail what was done with it, make a new "
            "key for whatever used it, and remove this one from the list.",
        .api_key = key.client_id,
    };
  }
  if (key.tripped_at) {
    return Attention{
        .kind = "honey_key_used",
        .title = "Somebody tried the honey key " + key.name + " on " + day_of(*key.tripped_at) +
                 ", from " + key.tripped_from,
        .remedy =
            "It opens nothing. Whoever tried it has read the place where you put it: end every "
            "other secret that was there, and then this key.",
        .api_key = key.client_id,
    };
  }
  if (state != accounts::KeyState::live) return std::nullopt;
  if (const Timestamp end = accounts::end_if_unused(key);
      key.use == accounts::KeyUse::program && end < key.expires_at && end <= now + kSoon) {
    return Attention{
        .kind = "api_key_ends",
        .title = "API key " + key.name + " ends " + days_left(end, now) + ": nobody uses it",
        .remedy = "Use it once, or revoke it.",
        .deadline = end,
        .api_key = key.client_id,
    };
  }
  if (key.expires_at > now + kSoon) return std::nullopt;
  return Attention{
      .kind = "api_key_ends",
      .title = "API key " + key.name + " ends " + days_left(key.expires_at, now),
      .remedy = "Make a new key and give it to whatever uses this one.",
      .deadline = key.expires_at,
      .api_key = key.client_id,
  };
}

// That the host took the second factor away, until there is another: the person may not have asked.
std::optional<Attention> factor_attention(const Parts& parts, const Caller& caller) {
  if (caller.kind != Caller::Kind::session) return std::nullopt;
  const auto state = parts.accounts.factors().state(caller.user);
  if (!state || !state->reset_at) return std::nullopt;
  return Attention{
      .kind = "factor_reset",
      .title =
          "Whoever runs this server took your second factor away on " + day_of(*state->reset_at),
      .remedy =
          "If you asked for it, set another on the page Account. If not, change your password "
          "first, and see in the audit trail who signed in since.",
  };
}

std::vector<Attention> key_attentions(const Parts& parts, const Caller& caller) {
  std::vector<Attention> all;
  for (const accounts::ApiKey& key : parts.accounts.api_keys().list(caller.organisation)) {
    if (!may_see(caller, key)) continue;
    if (auto attention = key_attention(key, parts.clock.now()))
      all.push_back(*std::move(attention));
  }
  return all;
}

}  // namespace

std::optional<Attention> attention_of(const Parts& parts, const things::Device& device) {
  const auto identity = parts.identity.describe(device.organisation, device.id);
  if (!identity) return std::nullopt;
  if (identity->state == identity::IdentityState::quarantined) {
    return Attention{
        .kind = "identity_quarantined",
        .title = device.said.name + " is kept out: its key may have been copied",
        .remedy =
            "Let it in again if you know why it was used twice. If not, make a new device and "
            "give it this one's thing.",
        .device = device.id,
    };
  }
  if (identity->state != identity::IdentityState::active) return std::nullopt;
  if (auto changed = key_change_attention(parts, device, *identity)) return changed;
  if (auto certificate = certificate_attention(parts, device)) return certificate;
  return values_attention(parts, device);
}

Attention attention_of(const identity::ForgeryAlarm& alarm) {
  const std::string times = alarm.count == 1 ? "" : " " + std::to_string(alarm.count) + " times";
  const std::string generation = std::to_string(alarm.leaf.generation.value());
  return {
      .kind = "identity_forged",
      .title = alarm.is_suspect
                   ? "A certificate that is not yet in this server's ledger was used" + times
                   : "A certificate that was never issued here was used" + times +
                         ": the device key of generation " + generation + " is loose",
      .remedy =
          "It was refused. Whoever runs this server replaces the key with fastness ca rotate "
          "--emergency: no board needs to be touched.",
  };
}

std::vector<Attention> attention_of(const Parts& parts, const Live& live, const Caller& caller) {
  const OrganisationId organisation = caller.organisation;
  std::vector<Attention> all;
  for (const Live::Alarm& alarm : live.alarms()) all.push_back(attention_of(alarm.forgery));
  if (auto locked = lockdown_attention(parts.identity.lockdown())) {
    all.push_back(*std::move(locked));
  }
  if (auto restricted = attention_of(parts.restrictions.now())) {
    all.push_back(*std::move(restricted));
  }
  for (Attention& each : attention_of(parts.switches)) all.push_back(std::move(each));
  for (Attention& each : attention_of(parts.room())) all.push_back(std::move(each));
  if (auto history = history_attention(parts.storage(organisation))) {
    all.push_back(*std::move(history));
  }
  if (auto claims = claims_attention(parts, organisation)) all.push_back(*std::move(claims));
  for (const things::Device* device : parts.devices.list(organisation)) {
    if (auto attention = attention_of(parts, *device)) all.push_back(*std::move(attention));
  }
  if (auto reset = factor_attention(parts, caller)) all.push_back(*std::move(reset));
  for (Attention& each : key_attentions(parts, caller)) all.push_back(std::move(each));
  // What has no deadline comes first: alarms, and what is wrong now.
  std::stable_sort(all.begin(), all.end(), [](const Attention& a, const Attention& b) {
    return a.deadline.value_or(Timestamp()) < b.deadline.value_or(Timestamp());
  });
  return all;
}

void write(json::Writer& out, const Attention& attention) {
  out.begin_object();
  out.field("kind", attention.kind);
  out.field("title", attention.title);
  out.field("remedy", attention.remedy);
  out.field_if("deadline", attention.deadline);
  if (attention.device) out.field("device_id", attention.device->value());
  if (attention.thing) out.field("thing_id", attention.thing->value());
  if (attention.property) out.field("property_id", attention.property->value());
  out.field_if("api_key_id", attention.api_key);
  out.end_object();
}

}  // namespace fastness::api
