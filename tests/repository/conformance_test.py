"""Each normative statement of MQTT stands in docs/mqtt-conformance.md with tests that exist, or a reason."""
import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/mqtt-conformance.md"
LIST = Path(__file__).with_name("mqtt_statements.txt")
NUMBER = r"\d+\.\d+\.\d+-\d+"


def statements():
    """The numbers of each version, as the list has them."""
    versions = {}
    numbers = None
    for line in LIST.read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            numbers = versions.setdefault(line.strip("[]"), [])
            continue
        section, *parts = line.split()
        for part in parts:
            first, _, last = part.partition("-")
            numbers += [f"{section}-{n}" for n in range(int(first), int(last or first) + 1)]
    return versions


def sections():
    """The page's part about each version."""
    parts = re.split(r"^## MQTT ([\d.]+)$", PAGE.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))


def proven(section):
    """Number and tests of every row that has a column for them."""
    return re.findall(rf"^\| ({NUMBER}) \| [^|]+ \| ([^|]*) \|$", section, re.MULTILINE)


def excused(section):
    """Number and reason of every row that has no test."""
    return re.findall(rf"^\| ({NUMBER}) \| ([^|]*) \|$", section, re.MULTILINE)


def of_the_client(section):
    line = re.search(r"^Of MQTT [\d.]+ these bind the client only: (.*)$", section, re.MULTILINE)
    return re.findall(NUMBER, line.group(1))


def tests():
    """Every unit test as Suite.Name, every end-to-end test as file: title."""
    named = set()
    for path in (ROOT / "src").rglob("*_test.cc"):
        named |= {f"{suite}.{name}" for suite, name in
                  re.findall(r"^(?:TYPED_)?TEST(?:_F|_P)?\((\w+),\s*(\w+)\)", path.read_text(), re.MULTILINE)}
    for path in (ROOT / "tests/e2e").glob("*.test.mjs"):
        named |= {f"{path.name}: {title}" for title in re.findall(r"^\s*test\('([^']+)'", path.read_text(), re.MULTILINE)}
    return named


class Conformance(unittest.TestCase):
    def test_the_list_is_whole(self):
        self.assertEqual({version: len(set(numbers)) for version, numbers in statements().items()},
                         {"3.1.1": 141, "5.0": 251})

    def test_every_statement_stands_on_the_page_once(self):
        for version, numbers in statements().items():
            section = sections()[version]
            there = [number for number, _ in proven(section) + excused(section)] + of_the_client(section)
            with self.subTest(version):
                self.assertEqual(sorted(there), sorted(numbers))

    def test_every_row_names_a_test_or_says_why_not(self):
        for version, section in sections().items():
            for number, named in proven(section):
                with self.subTest(version, number=number):
                    self.assertRegex(named, r"^`[^`]+`(, `[^`]+`)*$")
            for number, reason in excused(section):
                with self.subTest(version, number=number):
                    self.assertRegex(reason, r"^[A-Z].*\.$")

    def test_every_test_exists(self):
        named = {test for section in sections().values() for _, cell in proven(section)
                 for test in re.findall(r"`([^`]+)`", cell)}
        self.assertEqual(named - tests(), set())


if __name__ == "__main__":
    unittest.main()
