#include "checks/check_up.h"

#include <algorithm>
#include <utility>

#include "checks/rules.h"

namespace fastness::checks {
namespace {

struct Rule {
  std::string_view id;
  std::string_view title;
  std::string_view why;
  std::string_view remedy;
  Findings (*look)(const Facts&);
};

// What may be an attack comes first, then what would help one.
constexpr Rule kRules[] = {
    {"forged-certificate", "Forged certificates",
     "Somebody has the key that signs device certificates.",
     "Whoever runs this server gives that key up with fastness ca rotate --emergency; no board "
     "needs to be touched.",
     find_forgeries},
    {"enrolment-locked", "Enrolment is locked",
     "A certificate that was never issued here was used, so no new device, key or secret is taken. "
     "Devices that are known go on.",
     "Whoever runs this server gives the key up with fastness ca rotate --emergency, looks at what "
     "came in lately, and ends this with fastness ca unlock.",
     find_lockdown},
    {"alarms-undelivered", "Alarms that reach nobody",
     "An alarm could not be sent to whom it is meant for, so nobody may know of an attack.",
     "Look for alarm_not_told in the server's log, and put right what it names. Nothing is lost: "
     "what waits is sent again until it arrives.",
     find_silent_channels},
    {"device-cloned", "Identities in two places",
     "Somebody with a copy of a device's key or secret can send values in its name and read what "
     "is "
     "sent to it.",
     "If the device was not moved and has one connection only, revoke it and enrol it with a new "
     "key; its list of connections shows both addresses.",
     find_clones},
    {"revoked-device-trying", "Taken back, and still trying",
     "Either a device was not told that it is out, or somebody else holds what was taken back.",
     "Enrol the device anew or switch it off; if it is neither lost nor forgotten, somebody else "
     "has its credentials.",
     find_refused},
    {"device-key-shared", "Keys that devices share",
     "Whoever opens one of the devices can be the other.",
     "Make a new key in one of them and enrol it as a new device; a key that was copied by "
     "somebody "
     "else ends with the revocation of both.",
     find_shared_keys},
    {"plaintext-listener", "MQTT without TLS",
     "Every program on the host comes in as this organisation, without a proof.",
     "Take listen.mqtt_plain out of the configuration; it is for test suites.",
     find_plaintext_listener},
    {"root-key-on-disk", "The vault's key beside the data",
     "Whoever steals the disk can open everything on it.",
     "Encrypt the disk, or set vault.key to passphrase and run fastness host vault migrate.",
     find_root_key_on_disk},
    {"recovery-kit", "The recovery kit",
     "If the server's disk is lost, a backup is read only with a kit, and only if it is known to "
     "open and holds everybody's keys.",
     "Whoever runs this server stops it for fastness host kit create, and then for fastness host "
     "kit rehearse.",
     find_missing_recovery_kit},
    {"scheduled-backup", "Backups that are not made, or not proved by restoring one",
     "What came since the last backup that can be restored is lost with the server's disk.",
     "Whoever runs this server runs fastness host status, which says what stands in the way; they "
     "were mailed if alarms.mail_to is set.",
     find_failing_backups},
    {"distrusted-generation-in-use", "Boards of a signing key that was given up",
     "They come in because the ledger knows them, not because of a key that somebody may have "
     "stolen; after the cut-off they do not.",
     "Enrol them anew before the cut-off.", find_distrusted_boards},
    {"device-certificate-expiring", "Device certificates near their end",
     "A device whose certificate has ended does not come in.",
     "Enrol the device again: its key stays, and so does everything it has sent.",
     find_ending_certificates},
    {"device-cannot-renew", "Devices that cannot take a new certificate",
     "They were asked to renew three times, and each time said that they could not. When their "
     "certificate ends they do not come in.",
     "Look at the device: its storage may be full or worn, or its key may not be the one that it "
     "was enrolled with.",
     find_failed_renewals},
    {"device-certificate-old", "Device certificates older than a year",
     "The longer a key is in use, the longer a copy that nobody noticed is good for.",
     "Enrol the device with a new key when somebody is at it next.", find_old_certificates},
    {"device-secret-chosen", "Secret keys that a person chose",
     "What a person chooses is used elsewhere too, or can be guessed.",
     "Let the server make a new secret key, and put that into the sketch.", find_chosen_secrets},
    {"administrator-password-alone", "Administrators with a password alone",
     "Whoever finds or guesses that password has the organisation and all its devices.",
     "They add a passkey or an authenticator app on the page Account.", find_unguarded_people},
    {"api-key-broad", "API keys that may change everything",
     "Whoever finds such a key has all devices and things of the organisation.",
     "Make a key with the scopes that its program needs, and revoke this one.", find_broad_keys},
    {"api-key-long-lived", "API keys for more than a year",
     "A key that leaked and was not noticed is good until its end.",
     "Make a key that ends within a year, and revoke this one.", find_long_lived_keys},
    {"api-key-unused", "API keys that nobody has used for 60 days",
     "A key that nobody misses is one whose theft nobody notices. After 90 days without a use it "
     "ends by itself.",
     "Revoke it, or use it.", find_unused_keys},
};

bool comes_first(const Finding& a, const Finding& b) {
  if (a.state != b.state) return a.state > b.state;
  return a.since.value_or(Timestamp::max()) < b.since.value_or(Timestamp::max());
}

Check run(const Rule& rule, const Facts& facts) {
  Check check{rule.id, rule.title, rule.why, rule.remedy, State::passed, 0, {}, std::nullopt};
  Findings findings = rule.look(facts);
  if (!findings) check.state = State::unknown;
  if (!findings || findings->empty()) return check;
  std::ranges::stable_sort(*findings, comes_first);
  check.state = findings->front().state;
  check.count = findings->size();
  for (Finding& finding : *findings) {
    if (finding.since) check.since = std::min(check.since.value_or(*finding.since), *finding.since);
    if (check.subjects.size() == Check::kMaxSubjects) continue;
    check.subjects.push_back(std::move(finding.subject));
  }
  return check;
}

}  // namespace

std::string_view to_text(State state) {
  switch (state) {
    case State::passed:
      return "passed";
    case State::unknown:
      return "unknown";
    case State::attention:
      return "attention";
    case State::failed:
      return "failed";
  }
  return "unknown";
}

std::string_view to_text(Subject::Kind kind) {
  switch (kind) {
    case Subject::Kind::device:
      return "device";
    case Subject::Kind::api_key:
      return "api_key";
    case Subject::Kind::generation:
      return "generation";
    case Subject::Kind::server:
      return "server";
    case Subject::Kind::person:
      return "person";
  }
  return "server";
}

std::vector<Check> check_up(const Facts& facts) {
  std::vector<Check> checks;
  for (const Rule& rule : kRules) checks.push_back(run(rule, facts));
  return checks;
}

}  // namespace fastness::checks
