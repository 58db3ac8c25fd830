"""docs/security/keys.json: the lives of keys are what the code says, and no key is derived that has none."""
import re
import sys
import unittest
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import crypto_inventory  # noqa: E402

# What begins as the name of a derived key does, in a source that derives keys, and is none.
NO_PURPOSES = {
    "fastness kit v1": "begins a recovery kit", "fastness kit v2": "begins a recovery kit", "fastness kit v3": "begins a recovery kit",
    "fastness backup1": "begins a backup", "fastness backup2": "begins a backup", "fastness ledger1": "begins the vault's ledger",
}


def derived():
    """{name for which a key is derived: the folders where}."""
    found = {}
    for folder, text in crypto_inventory.sources():
        if crypto_inventory.derives(text):
            for name in crypto_inventory.purposes(text) - NO_PURPOSES.keys():
                found.setdefault(name, set()).add(folder)
    return found


class Lives(unittest.TestCase):
    def test_every_number_is_the_codes(self):
        facts = [(key["id"], fact) for key in crypto_inventory.keys() for fact in key["held"]]
        self.assertGreater(len(facts), 20)
        for name, fact in facts:
            with self.subTest(name, fact=fact):
                self.assertTrue(crypto_inventory.holds(fact, crypto_inventory.span(fact)), crypto_inventory.span(fact))

    def test_another_number_is_found_out(self):
        fact = {"in": "src/vault/start_keys.cc", "constant": "kTokenEpoch", "is": "30 days"}
        self.assertTrue(crypto_inventory.holds(fact, crypto_inventory.span(fact)))
        self.assertFalse(crypto_inventory.holds(fact | {"is": "31 days"}, crypto_inventory.span(fact)))
        self.assertFalse(crypto_inventory.holds(fact, crypto_inventory.span(fact | {"constant": "kNoSuchThing"})))
        limit = {"limit": "tokens.life_seconds", "is": "300 seconds"}
        self.assertFalse(crypto_inventory.holds(limit | {"is": "301 seconds"}, crypto_inventory.span(limit)))
        self.assertFalse(crypto_inventory.holds(limit, str(crypto_inventory.fixed_limit("no.such"))))

    def test_constants_are_read_as_they_are_written(self):
        for source, said in (("constexpr std::chrono::days kA{30 * 365 + 7};", "10957 days"), ("std::chrono::minutes kA{15};", "15 minutes"),
                             ("constexpr std::uint64_t kA = std::uint64_t{1} << 33U;", "8589934592"), ("constexpr std::uint32_t kA = 1'200;", "1200"),
                             ('std::chrono::hours kA{24 * fixed_limit("people.invitation_days")};', "168 hours"),
                             ("std::chrono::hours kA{other()};", None), ("// std::chrono::hours kB{1};", None)):
            with self.subTest(source):
                self.assertEqual(crypto_inventory.constant(source, "kA"), said)

    def test_the_words_say_the_numbers(self):
        """What people read says each number that is held; in other words where `said` has them, and then the same span."""
        for key in crypto_inventory.keys():
            for fact in key["held"]:
                with self.subTest(key["id"], fact=fact):
                    said = fact.get("said", fact["is"])
                    self.assertIn(said, f"{key['life']}; {key['ends']}")
                    if re.fullmatch(r"\d+ (?:hour|day|year)s", said):
                        self.assertAlmostEqual(crypto_inventory.seconds(said) / crypto_inventory.seconds(fact["is"]), 1, delta=0.001)


class Derived(unittest.TestCase):
    def test_every_name_that_a_key_is_derived_for_is_of_one_key(self):
        named = Counter(purpose for key in crypto_inventory.keys() for purpose in key["purposes"])
        self.assertEqual([name for name, count in named.items() if count != 1], [])
        self.assertEqual(set(derived()) - set(named), set(), "derived in the code, and not in docs/security/keys.json")
        self.assertEqual(set(named) - set(derived()), set(), "in docs/security/keys.json, and not derived in the code")
        self.assertGreater(len(named), 25)

    def test_a_name_is_of_one_folder(self):
        """Two parts that derive a key for one name would have the same key."""
        self.assertEqual({name: where for name, where in derived().items() if len(where) > 1}, {})

    def test_a_new_one_is_seen(self):
        source = 'x = crypto::hkdf_sha256(key, {}, "fastness something new v1", 32);'
        self.assertTrue(crypto_inventory.derives(source))
        self.assertEqual(crypto_inventory.purposes(source), {"fastness something new v1"})

    def test_what_is_no_purpose_is_still_there(self):
        there = set().union(*(crypto_inventory.purposes(text) for _, text in crypto_inventory.sources() if crypto_inventory.derives(text)))
        self.assertEqual(NO_PURPOSES.keys() - there, set())


class Rows(unittest.TestCase):
    def test_each_is_whole(self):
        algorithms = {part["id"] for part in crypto_inventory.algorithms()["algorithms"]}
        names = [key["id"] for key in crypto_inventory.keys()]
        self.assertEqual(len(names), len(set(names)))
        for key in crypto_inventory.keys():
            with self.subTest(key["id"]):
                self.assertIn(key["algorithm"], algorithms | {None})
                self.assertTrue((ROOT / key["told"]).is_file())
                for what in ("made", "where", "life", "ends"):
                    self.assertTrue(key[what])
                    self.assertNotIn("|", key[what])


if __name__ == "__main__":
    unittest.main()
