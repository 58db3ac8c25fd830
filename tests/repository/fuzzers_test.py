"""Each fuzzer has seeds, stands in the table of parsers, and the other way round."""
import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def fuzzers():
    return [path.stem for path in (ROOT / "src").rglob("*_fuzz.cc")]


class Fuzzers(unittest.TestCase):
    def test_names_are_unique(self):
        self.assertEqual(len(fuzzers()), len(set(fuzzers())))

    def test_each_has_seeds(self):
        folders = {path.name for path in (ROOT / "fuzz/corpus").iterdir() if any(path.iterdir())}
        self.assertEqual(folders, set(fuzzers()))

    def test_each_stands_in_the_table(self):
        named = re.findall(r"\| (\w+_fuzz) \|$", (ROOT / "fuzz/README.md").read_text(), re.MULTILINE)
        self.assertEqual(sorted(named), sorted(fuzzers()))


if __name__ == "__main__":
    unittest.main()
