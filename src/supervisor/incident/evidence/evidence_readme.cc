#include "supervisor/incident/evidence/evidence_readme.h"

#include <string_view>

#include "json/time_text.h"

namespace fastness::supervisor {
namespace {

constexpr const char* kFiles = R"md(
| file | what |
|---|---|
| `MANIFEST` | SHA-256 of every other file |
| `host.txt` | the machine and its clock |
| `versions.txt` | the version of the programs, and the SHA-256 of each as it lies on the disk |
| `configuration.toml` | the settings in force; of addresses of the web only the host |
| `status.json`, `restriction.json`, `switches.json`, `vault.json`, `authority.json` | how it is reached, what goes on, how keys are kept, every generation of the device authority |
| `incidents.json` | the record, with what was done when |
| `ledger-checkpoint.txt`, `audit-checkpoint.txt` | the signed heads of the ledger of certificates and of the audit trail |
| `keys.txt` | whose signatures these carry: of the ledger, of the trail |
| `audit-host.ndjson`, `audit-ORGANISATION.ndjson` | the audit trails, each entry with its proof |
| `checks-ORGANISATION.json` | the security check-ups |

No key, password or token is in it. What people did is, with addresses: it is personal data, for as
few eyes as can be.

## How to check it

    sha256sum --check MANIFEST
    fastness audit verify audit-host.ndjson --key "$(sed -n 2p keys.txt)"

The second proves that every entry shown was in the trail whose head the vault signed. It proves so
much only if the key in `keys.txt` is the right one: hold it against what an owner carried off
earlier (`fastness audit key`), against a witness of the checkpoints, or against another export.
The SHA-256 of MANIFEST is in the host's audit trail (`host.end_evidence`), which the vault signed
within a minute after. Nothing shows that the files were not changed between their writing and that
minute by whoever had this machine.

## The log

The programs write to standard error and keep no log of their own. Of a service it is in the
journal; take it now, before it is turned over:

)md";

// As journalctl reads it: "2026-11-30 08:00:00 UTC".
std::string for_journal(Timestamp time) {
  constexpr std::size_t kDate = std::string_view("2026-11-30").size();
  constexpr std::size_t kSecond = std::string_view("2026-11-30T08:00:00").size();
  const std::string text = json::to_time_text(time);
  return text.substr(0, kDate) + " " + text.substr(kDate + 1, kSecond - kDate - 1) + " UTC";
}

}  // namespace

std::string evidence_readme(Timestamp taken_at, const std::optional<Timestamp>& since,
                            const std::vector<std::string>& missing) {
  const std::string from = since ? " --since '" + for_journal(*since) + "'" : "";
  std::string out = "# Evidence of a Fastness instance\n\nTaken at " +
                    json::to_time_text(taken_at) + ". The trails " +
                    (since ? "begin at " + json::to_time_text(*since) : std::string("are whole")) +
                    ", up to the last signed head.\n";
  out += kFiles;
  out += "    journalctl --unit fastness --utc --output short-iso-precise" + from + "\n";
  if (missing.empty()) return out;
  out += "\n## What could not be had\n\n";
  for (const std::string& each : missing) out += "- " + each + "\n";
  return out;
}

}  // namespace fastness::supervisor
