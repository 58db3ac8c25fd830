"""docs/security/algorithms.json: every algorithm that the programs ask a library for is listed where it is, and nothing else."""
import re
import sys
import unittest
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import crypto_inventory  # noqa: E402
import sbom  # noqa: E402

# Weaker than 128 bits, and why it may be.
WEAKER = {"sha-1": "a name on which nothing rests", "rsa-2048": "off unless the owner asks for it, for boards that know nothing else"}


@cache
def document():
    return crypto_inventory.algorithms()


@cache
def used():
    return crypto_inventory.uses(crypto_inventory.sources())


class Names(unittest.TestCase):
    """That a use is seen at all: a search that sees nothing would call every list complete."""

    def test_each_way_to_ask_for_an_algorithm_is_seen(self):
        for source, name in (
                ("EVP_Digest(a, b, c, nullptr, EVP_md5(), nullptr);", "EVP_md5"),
                ('EVP_CIPHER_fetch(nullptr, "AES-128-OCB", nullptr)', "AES-128-OCB"),
                ('EVP_KDF_fetch(nullptr, "Anything-New", nullptr)', "Anything-New"),
                ('EVP_PKEY_CTX_new_from_name(\n      nullptr, "X448", nullptr)', "X448"),
                ('const char* name() { return "ChaCha20-Poly1305"; }', "ChaCha20-Poly1305"),
                ("EVP_PKEY_Q_keygen(a, b)", "EVP_PKEY_Q_keygen"), ("EVP_PKEY_ED448", "EVP_PKEY_ED448"),
                ("id == NID_secp256k1", "NID_secp256k1"), ("OSSL_DIGEST_NAME_SHA3_256", "OSSL_DIGEST_NAME_SHA3_256"),
                ("crypto_secretbox_easy(a, b)", "crypto_secretbox_easy"), ("crypto_generichash_BYTES", "crypto_generichash_BYTES"),
                ("randombytes_buf(p, 1)", "randombytes_buf"), ("RAND_bytes(p, 1)", "RAND_bytes"),
                ("SHA512(p, 1, out)", "SHA512"), ("HMAC_CTX_new()", "HMAC_CTX_new"), ("{CKM_RSA_PKCS, nullptr, 0}", "CKM_RSA_PKCS"),
                ("es384_pk_new()", "es384_pk_new"), ("gfshare_ctx_init_enc()", "gfshare_ctx_init_enc"),
                ('groups = "X25519MLKEM768:X25519"', "X25519MLKEM768"), ('list = "ECDHE-RSA-AES256-SHA384:" "DHE-X"', "ECDHE-RSA-AES256-SHA384"),
                ('"TLS_AES_128_CCM_SHA256"', "TLS_AES_128_CCM_SHA256"), ("TLS1_1_VERSION", "TLS1_1_VERSION"), ('out.field("alg", "RS512");', "RS512"),
                ('read("http://a") /* a */; sqlite3mc_cipher_index("chacha20")', "chacha20")):
            with self.subTest(source):
                self.assertIn(name, crypto_inventory.names_in(source))

    def test_what_is_none_is_not_taken_for_one(self):
        for source in ("// EVP_md5() is broken", "/* SHA1(x)\n HMAC( */", 'title = "key, SHA-256";', "#include \"crypto/public_key/ed25519.h\"",
                       "EVP_PKEY_CTX* context; EVP_PKEY_free(key);", "order == \"DESC\" || order == \"descriptors\"", "NID_commonName",
                       'fail("not a P-256 key")', "X509_free(certificate)", 'write("EVP_md5()")'):
            with self.subTest(source):
                self.assertEqual(crypto_inventory.names_in(source) - {"EVP_PKEY_free"}, set())

    def test_the_sources_are_those_of_the_programs(self):
        folders = {folder for folder, _ in crypto_inventory.sources()}
        self.assertIn("src/crypto", folders)
        self.assertIn("apps/hub", folders)
        self.assertEqual([folder for folder in folders if "testing" in folder], [])


class List(unittest.TestCase):
    def test_it_is_what_the_code_uses(self):
        unlisted, unused = crypto_inventory.differences(used(), crypto_inventory.listed(document()))
        self.assertEqual(unlisted, [], "in the code, and not in docs/security/algorithms.json")
        self.assertEqual(unused, [], "in docs/security/algorithms.json, and not in the code there")

    def test_a_use_that_is_not_listed_is_found_out(self):
        more = used() | crypto_inventory.uses([("src/mqtt", "EVP_sha512();")])
        self.assertEqual(crypto_inventory.differences(more, crypto_inventory.listed(document()))[0], [("src/mqtt", "EVP_sha512")])

    def test_an_algorithm_of_another_folder_is_not_listed_for_this_one(self):
        more = used() | crypto_inventory.uses([("src/api", 'fetch("AES-256-GCM")')])
        self.assertEqual(crypto_inventory.differences(more, crypto_inventory.listed(document()))[0], [("src/api", "AES-256-GCM")])

    def test_a_listed_one_that_is_not_there_is_found_out(self):
        said = crypto_inventory.listed(document()) | {("src/crypto", "crypto_kx_*"), ("src/nowhere", "SHA256")}
        self.assertEqual(crypto_inventory.differences(used(), said)[1], [("src/crypto", "crypto_kx_*"), ("src/nowhere", "SHA256")])

    def test_each_is_whole(self):
        libraries = {row["what"] for row in sbom.linked()}
        for part in (*document()["algorithms"], *document()["protocols"]):
            with self.subTest(part["id"]):
                self.assertIn(part["library"], libraries)
                self.assertRegex(part["use"], r"^[A-Z].+\.$")
                self.assertTrue(part["where"])
        for part in document()["algorithms"]:
            with self.subTest(part["id"]):
                self.assertTrue((ROOT / part["why"]).is_file())
                if part["bits"] is not None and part["bits"] < 128:
                    self.assertIn(part["id"], WEAKER)

    def test_the_suites_are_those_that_tls_is_told(self):
        text = "".join(text for folder, text in crypto_inventory.sources() if folder == "src/tls/context")
        told = {name for name in crypto_inventory.names_in(text) if name.startswith(("TLS_", "ECDHE-"))}
        self.assertEqual({suite for part in document()["protocols"] for suite in part["suites"]}, told)


class Plan(unittest.TestCase):
    def test_what_a_quantum_computer_breaks_is_to_be_replaced(self):
        for part in document()["algorithms"]:
            if part["quantum"] == 0:
                self.assertNotEqual(part["plan"], "stays", part["id"])

    def test_each_step_is_for_something_and_says_what_is_true_today(self):
        steps = [step["id"] for step in document()["plan"]]
        self.assertEqual(set(steps), {part["plan"] for part in document()["algorithms"]})
        self.assertEqual(len(steps), len(set(steps)))
        for step in document()["plan"]:
            for what in ("first", "when", "how", "today"):
                self.assertRegex(step[what], r"^[A-Z].+\.$", step["id"])

    def test_what_it_says_of_formats_is_in_the_code(self):
        """The plan rests on these: a field that is sealed names its suite, a content key's entry does not."""
        keys = (ROOT / "src/keys/content_keys.cc").read_text()
        self.assertIn("version != kVersion || !cipher", keys)
        entry = re.search(r"Bytes entry;(.*?)store_\.put", keys, re.DOTALL)[1]
        self.assertEqual(re.findall(r"out\.(\w+)\(", entry), ["u8", "i64", "raw"], "class, day, sealed key")
        self.assertIn('kGroups = "X25519:P-256:P-384"', (ROOT / "src/tls/context/context.cc").read_text())


class Page(unittest.TestCase):
    def test_it_is_current(self):
        for path, text in crypto_inventory.pages().items():
            self.assertEqual(path.read_text(), text, "run: tools/crypto_inventory.py --write")


if __name__ == "__main__":
    unittest.main()
