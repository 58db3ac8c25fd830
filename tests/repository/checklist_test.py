"""docs/security: every row of the checklist and of the threats names tests that exist, a duty, or what is open."""
import re
import subprocess
import unittest
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs/security"
NAMES = r"^`[^`]+`(?:, `[^`]+`)*$"
# What is left: a duty of the host's owner, what is open, or both. Whole sentences.
LEFT = r"^(?:Host's duty: [^|]+\.)?(?:(?:^| )Open: [^|]+\.)?$"
SOURCE = r"(?:ASVS [\d.]+(?:(?:, | to )[\d.]+)*|API\d+(?:, API\d+)*|CRA [^;|]+|ETSI [^;|]+|NISTIR [a-z ]+)"


def page(name):
    return (PAGES / name).read_text()


def rows(text, first):
    """The cells of every row whose first cell matches, however many there are."""
    found = []
    for line in text.splitlines():
        if re.match(rf"\| {first} \|", line):
            found.append([cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split("|")])
    return found


def checklist():
    return rows(page("checklist.md"), r"\d+")


def threats():
    return rows(page("threats.md"), r"T\d+")


def open_rows(table):
    return [row[0] for row in table if "Open: " in row[-1]]


def stated(text, of):
    return re.findall(rf"^\*\*Rows with something open: (\d+) of {of}\.\*\*", text, re.MULTILINE)


def tracked(pattern):
    out = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", pattern],
                         cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [ROOT / name for name in out.split("\0") if name and (ROOT / name).is_file()]


def titles(path):
    """What test('…') and test.each(…)('…') of Node and vitest are called; what a table fills in is …."""
    text = path.read_text()
    plain = re.findall(r"^\s*test(?:\.each\([^\n]*?\))?\('((?:[^'\\\n]|\\.)+)'", text, re.MULTILINE)
    filled = re.findall(r"^\s*test\(`([^`\n]+)`", text, re.MULTILINE)
    return [title.replace("\\'", "'") for title in plain] + [re.sub(r"\$\{[^}]*\}", "…", title) for title in filled]


@cache
def tests():
    """Every test in the tree, by the name that a row gives it."""
    named = set()
    for path in tracked("src/**_test.cc"):
        named |= {f"{suite}.{name}" for suite, name in
                  re.findall(r"^(?:TYPED_)?TEST(?:_F|_P)?\((\w+),\s*(\w+)\)", path.read_text(), re.MULTILINE)}
    for path in tracked("tests/e2e/*.test.mjs"):
        named |= {f"{path.name}: {title}" for title in titles(path)}
    for path in tracked("web/**.test.ts"):
        named |= {f"{path.relative_to(ROOT)}: {title}" for title in titles(path)}
    for path in tracked("tests/repository/*_test.py"):
        named |= {f"{path.name}: {name}" for name in re.findall(r"^    def (test_\w+)\(self\)", path.read_text(), re.MULTILINE)}
    named |= {path.stem for path in tracked("src/**_fuzz.cc")}
    named |= set(re.findall(r"^add_test\(NAME (\w+)", (ROOT / "CMakeLists.txt").read_text(), re.MULTILINE))
    return named


class Names(unittest.TestCase):
    """That the names are found at all: a search that finds nothing would pass everything off as missing, or as there."""

    def test_each_kind_is_found(self):
        for name in ("Policy.AKeyIsNoDevice", "isolation.test.mjs: a board can neither hear nor speak where it does not belong",
                     "web/src/format/csv.test.ts: quotes what RFC 4180 asks to quote",
                     "bad-chains.test.mjs: the gateway admits nobody with …", "request_fuzz", "layers",
                     "checklist_test.py: test_each_kind_is_found",
                     "checks.test.mjs: a revoked device that keeps trying is its owner's finding, and only theirs"):
            self.assertIn(name, tests())
        self.assertGreater(len(tests()), 2000)

    def test_what_is_not_there_is_not_found(self):
        for name in ("Policy.AKeyIsEverything", "AKeyIsNoDevice", "policy_test.cc", "isolation.test.mjs", "checklist_test.py"):
            self.assertNotIn(name, tests())


class Tables(unittest.TestCase):
    def check(self, table, proved):
        """Form of the last two cells, and that whatever is named exists."""
        for row in table:
            with self.subTest(row[0]):
                named, left = row[proved], row[proved + 1]
                self.assertTrue(named or left, "it is neither proved nor a duty nor open")
                if named:
                    self.assertRegex(named, NAMES)
                self.assertRegex(left, LEFT)
                names = re.findall(r"`([^`]+)`", named)
                self.assertEqual(len(names), len(set(names)), "it names a test twice")
                self.assertEqual([name for name in names if name not in tests()], [], "no such test")


class Checklist(Tables):
    def test_all_eighty_rows_are_there_in_their_order(self):
        self.assertEqual([row[0] for row in checklist()], [str(number) for number in range(1, 81)])

    def test_every_row_has_its_source_and_what_it_asks(self):
        for row in checklist():
            with self.subTest(row[0]):
                self.assertEqual(len(row), 5, "a row has five cells")
                self.assertRegex(row[1], rf"^{SOURCE}(?:; {SOURCE})*$")
                self.assertRegex(row[2], r"^[A-Z].{20,}\.$")

    def test_every_row_is_proved_a_duty_or_open(self):
        self.check(checklist(), 3)

    def test_the_count_of_open_rows_is_true(self):
        self.assertEqual(stated(page("checklist.md"), 80), [str(len(open_rows(checklist())))])


class Threats(Tables):
    def test_all_are_there_in_their_order(self):
        self.assertEqual([row[0] for row in threats()], [f"T{number}" for number in range(1, 24)])

    def test_every_row_says_who_attacks(self):
        for row in threats():
            with self.subTest(row[0]):
                self.assertEqual(len(row), 4, "a row has four cells")
                self.assertRegex(row[1], r"^[A-Z].{10,}\.$")

    def test_every_row_is_attacked_or_open(self):
        self.check(threats(), 2)
        for row in threats():
            self.assertNotIn("Host's duty: ", row[3], "an attack is answered by a test, or open")

    def test_the_count_of_open_rows_is_true(self):
        self.assertEqual(stated(page("threats.md"), 23), [str(len(open_rows(threats())))])


class Events(unittest.TestCase):
    """docs/security/events.md is all that the code can write into the trail, and nothing else."""

    @staticmethod
    def on_the_page():
        return re.findall(r"^\| `([a-z_.]+)` \|", page("events.md"), re.MULTILINE)

    @staticmethod
    def in_the_code():
        row = re.compile(r'\badd(?:_async)?\(\s*(?:http::)?Method::\w+,\s*"[^"]+",\s*[^"]*?"([a-z_.]*)"')
        events = {event for path in tracked("src/api/**.cc") for event in row.findall(path.read_text())} - {""}
        for path in (tracked("apps/hub/*.cc") + tracked("src/renewals/*.cc") + tracked("src/identity/authority/*.cc")
                     + tracked("src/api/v1/leak_routes.cc") + tracked("src/api/v1/key_routes.cc")
                     + tracked("src/api/v1/session_routes.cc") + tracked("src/api/staff/operator_routes.cc")
                     + tracked("src/api/staff/order_*.cc")
                     + tracked("src/api/est/*.cc")):
            if not path.name.endswith("_test.cc"):
                events |= set(re.findall(r'"((?:access|api_key|certificate|device|identity|ca|session|host|order)\.[a-z_]+[a-z])"', path.read_text()))
        for name in ("src/audit/access_tally.cc", "src/api/reads/read_meter.cc"):
            events |= set(re.findall(r'"(data\.[a-z_]+)"', (ROOT / name).read_text()))
        names = re.findall(r'to_text\((?:RotationStep|GenerationState) \w+\) \{\n[^{]*\{([^}]*)\}',
                           (ROOT / "src/identity/authority/rotation.cc").read_text()
                           + (ROOT / "src/vault_ipc/messages/messages.cc").read_text())
        steps, states = (re.findall(r'"([a-z]+)"', each) for each in names)
        return (events | {f"ca.rotation_{each}" for each in [*steps, "routine", "emergency"]}
                | {f"ca.generation_{each}" for each in states})

    def test_the_page_has_each_event_once(self):
        self.assertEqual(sorted(self.on_the_page()), sorted(self.in_the_code()))

    def test_the_console_has_words_for_each(self):
        words = (ROOT / "web/src/pages/audit/words.ts").read_text()
        self.assertEqual([event for event in self.on_the_page() if f"'{event}': [" not in words], [])


class Documents(unittest.TestCase):
    def test_every_duty_is_explained_to_the_host(self):
        """Each row that leaves something to the host's owner is named by the page about duties."""
        duties = page("host-duties.md")
        named = set(re.findall(r"\b[Rr]ows? (\d+)(?:(?:, | and )(\d+))*", duties))
        numbers = {number for group in named for number in group if number}
        self.assertEqual({row[0] for row in checklist() if "Host's duty: " in row[4]} - numbers, set())

    def test_the_policy_says_how_to_report(self):
        policy = (ROOT / "SECURITY.md").read_text()
        for heading in ("How to report", "What happens then", "Safe harbour", "Supported versions"):
            self.assertIn(f"\n## {heading}\n", policy)
        self.assertIn("private vulnerability reporting", policy)
        self.assertNotRegex(policy, r"[\w.+-]+@[\w-]+\.\w+", "no address that nobody reads")

    def test_no_link_leads_nowhere(self):
        for document in [*PAGES.glob("*.md"), ROOT / "SECURITY.md"]:
            for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text()):
                with self.subTest(document.name, target=target):
                    self.assertTrue((document.parent / target).exists())


if __name__ == "__main__":
    unittest.main()
