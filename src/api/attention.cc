#include "api/attention.h"

#include <algorithm>
#include <utility>

#include "accounts/accounts.h"
#include "identity/identity.h"
#include "things/devices.h"

namespace fastness::api {
namespace {

// How long before its end a credential is a person's business.
constexpr std::chrono::hours kSoon{24 * 14};

std::string days_left(Timestamp deadline, Timestamp now) {
  const auto days = std::chrono::duration_cast<std::chrono::days>(deadline - now).count();
  return days <= 0 ? "today" : days == 1 ? "in a day" : "in " + std::to_string(days) + " days";
}

std::optional<Attention> certificate_attention(const Parts& parts, const things::Device& device) {
  const auto certificates = parts.identity.certificates(device.organisation, device.id);
  if (!certificates || certificates->empty()) return std::nullopt;
  const identity::CertificateRecord& newest = certificates->front();
  const Timestamp now = parts.clock.now();
  if (newest.revoked_at || newest.entry.not_after > now + kSoon) return std::nullopt;
  return Attention{"certificate_ends",
                   device.said.name + " was not renewed; its certificate ends " +
                       days_left(newest.entry.not_after, now),
                   "Enrol it again: its key stays, and so does everything it has sent.",
                   newest.entry.not_after,
                   device.id,
                   std::nullopt};
}

}  // namespace

std::optional<Attention> attention_of(const Parts& parts, const things::Device& device) {
  const auto identity = parts.identity.describe(device.organisation, device.id);
  if (!identity) return std::nullopt;
  if (identity->state == identity::IdentityState::quarantined) {
    return Attention{"identity_quarantined",
                     device.said.name + " is kept out: its key may have been copied",
                     "Make a new key on the board and enrol it, or resume it if you know why.",
                     std::nullopt,
                     device.id,
                     std::nullopt};
  }
  if (identity->state != identity::IdentityState::active) return std::nullopt;
  return certificate_attention(parts, device);
}

Attention attention_of(const identity::ForgeryAlarm& alarm) {
  const std::string times = alarm.count == 1 ? "" : " " + std::to_string(alarm.count) + " times";
  return {"identity_forged",
          alarm.is_suspect
              ? "A certificate that is not yet in this server's ledger was used" + times
              : "A certificate that was never issued here was used" + times +
                    ": the device key of generation " +
                    std::to_string(alarm.leaf.generation.value()) + " is loose",
          "It was refused. Rotate to a new generation: no board needs to be touched.",
          std::nullopt,
          std::nullopt,
          std::nullopt};
}

std::vector<Attention> attention_of(const Parts& parts, const Live& live,
                                    OrganisationId organisation) {
  std::vector<Attention> all;
  for (const Live::Alarm& alarm : live.alarms()) all.push_back(attention_of(alarm.forgery));
  for (const things::Device* device : parts.devices.list(organisation)) {
    if (auto attention = attention_of(parts, *device)) all.push_back(*std::move(attention));
  }
  const Timestamp now = parts.clock.now();
  for (const accounts::ApiKey& key : parts.accounts.api_keys().list(organisation)) {
    if (key.expires_at > now + kSoon || key.expires_at <= now) continue;
    all.push_back({"api_key_ends",
                   "API key " + key.name + " ends " + days_left(key.expires_at, now),
                   "Make a new key and give it to whatever uses this one.", key.expires_at,
                   std::nullopt, key.client_id});
  }
  // Alarms have no deadline and come first.
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
  out.field_if("api_key_id", attention.api_key);
  out.end_object();
}

}  // namespace fastness::api
