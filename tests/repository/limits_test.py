"""Every limit has one declarative home, a line in docs/limits.md and a test that names it."""
import re
import subprocess
import unittest
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "src/base/fixed_limits.h"

# Constants whose names sound like limits of what comes from outside, and are none: why.
NOT_LIMITS = {
    "apps/hub/domains.cc kMaxZoneBytes": "a file of the system",
    "apps/hub/outside/correspondence.cc kMaxPasswordFile": "a file of the host's owner",
    "apps/hub/outside/sign_in_providers.cc kMaxSecretFile": "a file of the host's owner",
    "apps/hub/storage/live_backup.cc kMaxWitnessFile": "a file of our own",
    "src/accounts/accounts_store.cc kMaxPlaces": "networks that a person came in from; the oldest goes",
    "src/accounts/users.cc kMinPasswordBits": "how hard to guess a password must be",
    "src/accounts/federated/open_attempts.h kMost": "memory of ways to providers; the oldest goes",
    "src/accounts/federated/open_attempts.h kMostOfOne": "memory of ways to providers; the oldest goes",
    "src/accounts/news/news_post.h kMostAtOnce": "mails on their way at once; the others wait",
    "src/accounts/passkeys/challenges.h kMost": "memory of challenges; the oldest goes",
    "src/accounts/passkeys/challenges.h kMostOfOne": "memory of challenges; the oldest goes",
    "src/accounts/sign_in/pending_sign_ins.h kMax": "memory of sign-ins that wait for a code; the oldest goes",
    "src/accounts/sign_in/throttle.h kMaxBuckets": "memory of attempts; the one unused longest goes",
    "src/api/access/described.cc kMaxShownName": "how much of a wrong name is shown again",
    "src/api/iot/devices/certificate_routes.cc kMax": "memory of suggested secrets; the oldest goes",
    "src/api/iot/devices/device_routes.cc kMost": "devices.connections by another type",
    "src/api/v1/audit/audit_routes.cc kMaxProofs": "a page of proofs; the next has the rest",
    "src/api/v1/history_routes.cc kMaxAutoPoints": "how fine a chart is drawn",
    "src/api/v1/home_routes.cc kMaxEvents": "how much the start page shows",
    "src/audit/access_tally.h kMaxCounts": "memory of accesses; what there is gets written",
    "src/checks/check.h kMaxSubjects": "how much an owner is shown; all are counted",
    "src/client/board/fleet.cc kMaxConnecting": "how many boards are simulated to call at once",
    "src/client/board/virtual_board.cc kMaxMessage": "what a real board's library sends",
    "src/client/board/virtual_board.cc kMaxPacket": "what a simulated board reads",
    "src/client/board/virtual_board.cc kMostQuestions": "what a real board's library does",
    "src/crypto/public_key/rsa.cc kMaxBits": "which RSA keys we use ourselves",
    "src/crypto/public_key/rsa.cc kMinBits": "which RSA keys we use ourselves",
    "src/crypto/x509/certificate.cc kMaxKeyId": "a rule of RFC 5280",
    "src/crypto/x509/certificate.cc kMaxSerial": "a rule of RFC 5280",
    "src/crypto/x509/der.cc kMaxLengthBytes": "every caller has a limit far below",
    "src/device/credential_slots.cc kMaxText": "a file of our own",
    "src/device/est_renewal.cc kMaxSentence": "how much of a refusal is logged",
    "src/device/file_key.cc kMaxKeyFile": "a file of our own",
    "src/device/flat_json.cc kMaxMembers": "more than a message of a renewal has",
    "src/device/flat_json.cc kMaxNumbers": "more than a message of a renewal has",
    "src/device/mqtt_renewal.cc kMaxPieces": "as many as a certificate needs",
    "src/device/mqtt_renewal.cc kMostAsked": "how often a device asks before it waits for another offer",
    "src/device/mqtt_renewal.cc kMostSeconds": "a server's window, so that no sum overflows",
    "src/dialects/arduino/encode.h kMaxLastValuesBytes": "what fits a board's buffer; values are spread",
    "src/dialects/arduino/encode.h kMaxReportBytes": "how our own messages are cut",
    "src/dialects/arduino/encode.h kMaxWriteBytes": "what fits a board's buffer; values are spread",
    "src/dialects/wire_time.cc kMostSeconds": "tells seconds from milliseconds",
    "src/gateway/hosting/quota_ledger.h kMaxRows": "how much an owner is shown; the rest is counted together",
    "src/gateway/link/web_socket_transport.h kMaxUnsent": "when to wait for a reader",
    "src/gateway/store/snapshot.cc kMaxItems": "a file of our own",
    "src/history/codec/chunk_codec.h kMaxChunkPoints": "where a chunk of our own ends",
    "src/history/codec/chunk_codec.h kMaxChunkText": "a chunk of our own",
    "src/history/codec/integers.cc kMaxOrder": "an encoding of our own",
    "src/history/codec/numbers.cc kMax": "the largest float",
    "src/history/history.cc kMaxWrite": "how much is written together",
    "src/http_server/connection/connection.cc kMaxLingered": "how long we listen to who was refused",
    "src/http_server/connection/web_socket.cc kMaxAfterClose": "how long we listen to who was refused",
    "src/identity/admission/device_secret.cc kMinSecretBits": "how hard to guess a secret must be",
    "src/identity/ledger_witness.cc kMaxFile": "a file of our own",
    "src/identity/remote_witness.cc kMaxWitnessFile": "a file of our own",
    "src/identity/alarms/alarm_post.h kMostInOne": "how much one letter tells; the next one has the rest",
    "src/identity/authority/authority.h kMaxReason": "a line of the host's owner, for the record",
    "src/identity/authority/authority.h kMaxSoak": "a slip of the host's owner",
    "src/incident/record/incidents.h kMaxLine": "a sentence of the host's owner",
    "src/incident/record/incidents.h kMaxStatement": "a text of the host's owner",
    "src/incident/restriction/reason.h kMaxReason": "a sentence of the host's owner",
    "src/journal/checkpoints.cc kMaxFile": "a file of our own",
    "src/journal/frame.h kMaxSealed": "a frame of our own",
    "src/keys/content_keys.h kMaxSize": "an address of our own",
    "src/keys/unwrap_service.h kMaxWrapped": "a key that the vault wrapped",
    "src/mqtt/topic_filter.h kMaxBytes": "a rule of MQTT; mqtt.topic_bytes is far below",
    "src/mqtt/topic_name.h kMaxBytes": "a rule of MQTT; mqtt.topic_bytes is far below",
    "src/mqtt/wire/properties.h kMaxVariableInteger": "a rule of MQTT",
    "src/net/descriptor_budget.cc kMostFiles": "how what the system allows is shared",
    "src/net/descriptor_budget.cc kMostPeople": "how what the system allows is shared",
    "src/net/descriptor_budget.h kLeast": "what a server needs of the system",
    "src/net/proxy_header.cc kMaxLine": "a line of the protocol",
    "src/pipeline/ingest.cc kMaxNameInRefusal": "how much of a name is repeated to the owner",
    "src/renewals/messages.cc kMaxSignature": "the longest signature that there is",
    "src/renewals/messages.h kMaxPieces": "as many as certificates.request_bytes needs",
    "src/supervisor/authority/authority_text.cc kMostDays": "a slip of the host's owner",
    "src/things/device_connections.cc kMaxKind": "a text of ours about the network",
    "src/things/device_connections.cc kMaxWait": "how long a line waits to be written with others",
    "src/things/devices.h kMaxUnwritten": "how many lines are written together",
    "src/things/last_values.cc kMaxBatchBytes": "how much is written together",
    "src/things/model/time_zone.cc kMaxFileBytes": "a file of the system",
    "src/things/model/time_zone.cc kLeastOffset": "what boards accept",
    "src/things/model/time_zone.cc kMostOffset": "what boards accept",
    "src/tls/record/record_layer.h kMaxKeyBlocks": "when a key is worn (RFC 8446, 5.5)",
    "src/tls/stream/stream_state.cc kMaxOutput": "when to wait for a reader",
    "src/tls/record/record_stream.cc kMaxOutput": "when to wait for a reader",
    "src/tls/stream/stream_state.cc kMaxRecord": "a rule of TLS",
    "src/tls/stream/stream_state.cc kMinRecord": "a rule of TLS",
    "src/vault/passphrase.cc kMinNewBits": "how hard to guess a passphrase must be",
    "src/vault/recovery/backup_head.cc kMaxHistory": "what a vault of ours sealed; read in pieces",
    "src/vault/recovery/kit.h kMaxKitFile": "a file of our own",
    "src/vault/store/root_key.cc kMaxRootKeyFile": "a file of our own",
    "src/vault/store/sealed_files.cc kMaxSealedFile": "a file of our own",
    "src/vault_ipc/messages/backup.h kMost": "a piece of what a vault of ours sealed; the next is asked for",
    "src/vault_ipc/messages/messages.h kMaxRevoked": "what fits ipc.message_bytes",
    "src/vault_ipc/messages/messages.h kMaxSerial": "a rule of RFC 5280",
    "src/waf/engine.cc kMostRulesNoted": "how much of a refusal is logged",
    "src/waf/firewall.cc kMostPath": "how much of a path is logged",
    "src/webauthn/credential.h kLeastBytes": "a rule of WebAuthn",
    "src/webauthn/credential.h kMostBytes": "a rule of WebAuthn",
}


def sources(*patterns):
    out = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns],
                         cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [ROOT / name for name in out.split("\0") if name and (ROOT / name).exists()]


def is_test(path):
    return path.name.endswith(("_test.cc", "_test.h", "_fuzz.cc")) or "testing" in path.parts


def documented():
    return re.findall(r"^\| `([a-z_.]+)` \|", (ROOT / "docs/limits.md").read_text(), re.MULTILINE)


def table():
    rows = defaultdict(list)
    for line in (ROOT / "tests/limits.tsv").read_text().splitlines():
        if line and not line.startswith("#"):
            limit, test = line.split("\t")
            rows[limit].append(test)
    return rows


class Limits(unittest.TestCase):
    def test_every_limit_has_a_test(self):
        self.assertEqual(set(documented()) - set(table()), set(), "add them to tests/limits.tsv")

    def test_every_row_is_of_a_limit(self):
        self.assertEqual(set(table()) - set(documented()), set(), "no such limit in docs/limits.md")

    def test_every_test_exists(self):
        named = {test for tests in table().values() for test in tests}
        there = set()
        for path in sources("src/**/*_test.cc", "src/*_test.cc"):
            there |= {f"{suite}.{name}" for suite, name in
                      re.findall(r"^(?:TYPED_)?TEST(?:_F|_P)?\((\w+),\s*(\w+)\)", path.read_text(), re.MULTILINE)}
        self.assertEqual(named - there, set())

    def test_every_fixed_limit_is_in_force(self):
        declared = re.findall(r'^    \{"([a-z_.]+)",', TABLE.read_text(), re.MULTILINE)
        self.assertEqual(len(declared), len(set(declared)))
        asked = set()
        for path in sources("src/**/*.cc", "src/**/*.h", "apps/**/*.cc", "apps/**/*.h"):
            if not is_test(path) and path != TABLE:
                asked |= set(re.findall(r'fixed_limit(?:<[\w: ]+>)?\(\s*"([a-z_.]+)"', path.read_text()))
        self.assertEqual(set(declared) - asked, set(), "nothing asks for them")

    def test_no_limit_is_elsewhere(self):
        constant = re.compile(r"constexpr\s+[\w:]+\s+(k(?:Max|Most|Min|Least)\w*)\s*[={]([^;]*);")
        found = set()
        for path in sources("src/**/*.cc", "src/**/*.h", "apps/**/*.cc", "apps/**/*.h"):
            if is_test(path):
                continue
            for name, value in constant.findall(path.read_text()):
                if "fixed_limit" not in value:
                    found.add(f"{path.relative_to(ROOT)} {name}")
        found = {each for each in found if not re.search(r" kMin(ute|utes)\b", each)}
        self.assertEqual(found - set(NOT_LIMITS), set(), f"declare them in {TABLE.relative_to(ROOT)}")
        self.assertEqual(set(NOT_LIMITS) - found, set(), "they are gone: take them off the list")


if __name__ == "__main__":
    unittest.main()
