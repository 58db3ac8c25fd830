"""Each quota that an owner is shown is a limit of docs/limits.md, and the console has words for it."""
import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Quotas(unittest.TestCase):
    def setUp(self):
        text = (ROOT / "src/gateway/hosting/quota.h").read_text()
        self.names = re.findall(r'^    "([a-z_.]+)",$', text, re.MULTILINE)

    def test_each_is_a_limit(self):
        limits = re.findall(r"^\| `([a-z_.]+)` \|", (ROOT / "docs/limits.md").read_text(), re.MULTILINE)
        self.assertGreater(len(self.names), 10)
        self.assertEqual(set(self.names) - set(limits), set())

    def test_the_console_has_words_for_each(self):
        text = (ROOT / "web/src/pages/devices/limits.ts").read_text()
        words = re.findall(r"^  '?([a-z_.]+)'?: '", text, re.MULTILINE)
        self.assertEqual(sorted(words), sorted(self.names))


if __name__ == "__main__":
    unittest.main()
