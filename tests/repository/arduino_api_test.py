"""docs/arduino-api.md: what of the description of Arduino's API is served under /iot is what the policy table serves there."""
import re
import unittest
from pathlib import Path

import sources_test

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/arduino-api.md"
SERVED = r"yes(?:, .+)?"
REFUSED = r"refused\. [A-Z].+\."
ABSENT = r"no\. [A-Z].+\."


def shape(path):
    """A path whatever its parameters are called: /things/{id} is /things/{thing}."""
    return re.sub(r"\{\w+\}", "{}", path)


def rows(text):
    """(method, path, what is said of it) of each row of the first table, and of the second."""
    found = [re.findall(r"^\| ([A-Z]+) \| `(/iot/[^`]+)` \| (.+) \|$", part, re.MULTILINE) for part in text.split("\n## Besides\n")]
    return [[(method.lower(), shape(path), said) for method, path, said in part] for part in found]


def of_templates(text):
    """Rows that are added once for each of several kinds: their paths are constants of the kinds, whose name the row has."""
    paths = {}
    for name, path in re.findall(r'std::string_view (\w+) = "(/iot/[^"]+)"', text):
        paths.setdefault(name, []).append(path)
    return {(method, path) for method, name in re.findall(r"\badd(?:_async)?\(\s*Method::(\w+?)_?,\s*Of::(\w+),", text) for path in paths[name]}


def served():
    """Method and path of every row of the policy table under /iot."""
    found = {row for row in sources_test.routes() if row[1].startswith("/iot")}
    for path in sources_test.shipped("src/api/**/*.cc"):
        found |= of_templates(path.read_text())
    return {(method, shape(path)) for method, path in found}


def differences(described, besides, there):
    """(rows that are served and not on the page, rows that the page calls served and that are not)."""
    said = {(method, path) for method, path, what in described if not re.fullmatch(ABSENT, what)} | {row[:2] for row in besides}
    return sorted(there - said), sorted(said - there)


class Page(unittest.TestCase):
    def setUp(self):
        self.described, self.besides = rows(PAGE.read_text())

    def test_what_is_served_under_iot_is_what_the_list_says(self):
        unknown, missing = differences(self.described, self.besides, served())
        self.assertEqual(unknown, [], "served under /iot, and not in docs/arduino-api.md")
        self.assertEqual(missing, [], "called served in docs/arduino-api.md, and in no row of the policy table")

    def test_a_row_too_many_and_one_too_few_are_found_out(self):
        there = served()
        self.assertEqual(differences(self.described, self.besides, there | {("get", "/iot/v9/things")})[0], [("get", "/iot/v9/things")])
        self.assertEqual(differences(self.described, self.besides, there - {("get", "/iot/v2/things")})[1], [("get", "/iot/v2/things")])
        planned = {("get", "/iot/v2/dashboards")}
        self.assertEqual(differences(self.described, self.besides, there | planned)[0], sorted(planned), "what it calls absent must be")

    def test_every_row_is_served_refused_or_absent_for_a_reason(self):
        for method, path, what in self.described:
            with self.subTest(method, path=path):
                self.assertRegex(what, rf"^(?:{SERVED}|{REFUSED}|{ABSENT})$")
        self.assertEqual([path for _, path, what in self.described if what.startswith("refused")], ["/iot/v1/lora-devices"])

    def test_each_is_there_once_and_the_count_is_true(self):
        every = [row[:2] for row in self.described + self.besides]
        self.assertEqual(len(every), len(set(every)))
        self.assertEqual(len(self.described), 94, "as many operations as the description has")
        count = sum(re.fullmatch(SERVED, what) is not None for _, _, what in self.described)
        self.assertIn(f"**Served: {count} of {len(self.described)}.**", PAGE.read_text())

    def test_what_is_planned_is_on_the_list_of_plans(self):
        plans = (ROOT / "docs/architecture.md").read_text().partition("## 9. Planned")[2].lower()
        for word in ("triggers", "actions", "dashboards", "ota", "sketch editor"):
            self.assertIn(word, plans)

    def test_routes_of_several_kinds_are_found(self):
        source = ('struct A { static constexpr std::string_view kAll = "/iot/a"; };\nstruct B { static constexpr std::string_view kAll = "/iot/b"; };\n'
                  "routes.add(Method::delete_, Of::kAll, x);")
        self.assertEqual(of_templates(source), {("delete", "/iot/a"), ("delete", "/iot/b")})
        self.assertIn(("delete", "/iot/v2/things/{}/tags/{}"), served())


if __name__ == "__main__":
    unittest.main()
