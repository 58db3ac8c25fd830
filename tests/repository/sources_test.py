"""Rules about the sources themselves: what may stand nowhere, so that nothing can go wrong with it."""
import re
import subprocess
import unittest
import zlib
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Numbers for what is no secret: the weather of a simulated greenhouse.
PLAYS_DICE = {"src/client/board/greenhouse.h"}

# Run other people's programs as whoever called them would, with an argument for each word.
ASKS_GIT = {"apps/cli/commands/scan.cc": "a hook for git, which git runs", "apps/cli/scan/git.cc": "git, wherever it is"}

# Whose form is a key's, and which nobody has.
MADE_UP_KEYS = {"fuzz/corpus/secret_finder_fuzz/api_key"}

# Settings whose names sound like secrets, and what they are.
NO_SECRETS = {
    "accounts.breached_passwords": "where a list is that everybody may have",
    "sign_in.client_secret_files": "which file has each provider's secret",
    "listen.mqtt_plain_api_key": "which key, without its secret",
    "vault.key": "how the root key is kept",
    "vault.keys": "how the authorities' keys are kept",
    "vault.token_module": "where the library of a hardware token is",
    "vault.token_label": "which hardware token",
    "vault.token_paths": "what its library reads",
    "vault.token_environment": "what its library is told",
}

# Rows that are no rows of api/openapi.yaml, and where they are described instead.
ELSEWHERE = {"/iot/": "docs/arduino-api.md, to which arduino_api_test.py holds them", "/.well-known/est/": "docs/identity.md"}


@cache
def tracked(*patterns):
    out = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns],
                         cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [ROOT / name for name in out.split("\0") if name and (ROOT / name).is_file()]


def is_test(path):
    return path.name.endswith(("_test.cc", "_test.h", "_fuzz.cc", ".test.ts")) or "testing" in path.parts


def shipped(*patterns):
    return [path for path in tracked(*patterns) if not is_test(path)]


def programs():
    return shipped("src/**/*.cc", "src/**/*.h", "src/*.cc", "apps/**/*.cc", "apps/**/*.h")


def console():
    return shipped("web/src/**", "web/public/**", "web/index.html")


def found(paths, pattern):
    """Every line that has it, as file:number: line."""
    wanted = re.compile(pattern)
    lines = []
    for path in paths:
        text = path.read_text(errors="replace")
        if not wanted.search(text):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if wanted.search(line):
                lines.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")
    return lines


def checksum(text):
    """The end of an API key's secret that begins with this text."""
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    rest, end = zlib.crc32(text.encode()), ""
    for _ in range(6):
        rest, digit = divmod(rest, 62)
        end = digits[digit] + end
    return end


def routes():
    """Method and path of every row of the policy table."""
    row = re.compile(r'\badd(?:_async)?\(\s*(?:http::)?Method::(\w+?)_?,\s*"([^"]+)"')
    return {match for path in shipped("src/api/**/*.cc", "src/api/*.cc") for match in row.findall(path.read_text())}


def described():
    """Method and path of everything that api/openapi.yaml has."""
    there, path = set(), None
    for line in (ROOT / "api/openapi.yaml").read_text().splitlines():
        if at := re.match(r"  (/\S*):$", line):
            path = at[1]
        elif method := re.match(r"    (get|put|post|delete|patch|head|options):", line):
            there.add((method[1], path))
    return there


class Programs(unittest.TestCase):
    def test_there_is_something_to_look_at(self):
        self.assertGreater(len(programs()), 500)
        self.assertGreater(len(console()), 50)
        self.assertGreater(len(routes()), 100)

    def test_no_shell_is_asked_to_run_anything(self):
        paths = [path for path in programs() if str(path.relative_to(ROOT)) not in ASKS_GIT]
        self.assertEqual(found(paths, r"\b(?<!_)(?:system|popen|wordexp|exec[lv]pe?|posix_spawnp)\(|/bin/(?:ba)?sh\b"), [])

    def test_every_sql_statement_is_a_literal(self):
        header = (ROOT / "src/storage/sql.h").read_text()
        self.assertEqual(re.findall(r"^\s*(\w+) Sql\(", header, re.MULTILINE), ["consteval"],
                         "the one way to make an Sql is at compile time")
        outside = [path for path in programs() if not path.is_relative_to(ROOT / "src/storage")]
        self.assertEqual(found(outside, r"\bsqlite3_(?:exec|prepare|get_table|mprintf)"), [])
        inside = [path for path in programs() if path.is_relative_to(ROOT / "src/storage")]
        asked = found(inside, r"\bsqlite3_(?:exec|prepare)")
        # The tables of a database of ours, as it says itself that they were made.
        copied = [line for line in asked if line.startswith("src/storage/attached_source.cc:") and "own.text()" in line]
        self.assertLessEqual(len(copied), 1)
        for line in asked:
            self.assertTrue("sql.text()" in line or line in copied, line)

    def test_what_is_random_comes_from_the_one_source(self):
        paths = [path for path in programs() if str(path.relative_to(ROOT)) not in PLAYS_DICE]
        self.assertEqual(found(paths, r"mt19937|minstd_rand|random_device|\bs?rand(?:_r)?\(|drand48"), [])

    def test_one_place_reads_what_a_proxy_says(self):
        read = found(programs(), r"(?i)\"(?:x-)?forwarded|\"x-real-ip|\"x-client-ip|\"true-client-ip")
        self.assertEqual({line.split(":")[0] for line in read} - {"src/config/settings.cc"},
                         {"src/http_server/wire/forwarded_for.cc"})

    def test_no_secret_is_read_out_of_an_address(self):
        asked = found(shipped("src/api/**/*.cc", "src/http_server/**/*.cc", "src/http_server/*.cc"),
                      r"\bquery\.find\(\"[a-z_]*(?:token|secret|passw|code|credential|api_?key)")
        # But for the code that a provider sends back by the browser, as the standard has it: good once, with a verifier that
        # no address has, and gone from it with the redirect (decision 70).
        given = [line for line in asked if line.startswith("src/api/providers/provider_routes.cc:") and '"code"' in line]
        self.assertLessEqual(len(given), 1)
        self.assertEqual(asked, given)


class Console(unittest.TestCase):
    def test_no_text_becomes_markup(self):
        self.assertEqual(found(console(), r"\{@html|innerHTML|outerHTML|insertAdjacentHTML|document\.write|srcdoc|"
                                          r"\beval\(|new Function\(|javascript:"), [])

    def test_pasting_is_not_hindered(self):
        self.assertEqual(found(console(), r"(?i)\bon:?paste|['\"]paste['\"]"), [])


class Secrets(unittest.TestCase):
    def test_no_secret_is_a_setting(self):
        page = (ROOT / "docs/configuration.md").read_text()
        settings = re.findall(r"^- \*\*`([a-z_.]+)`\*\*", page, re.MULTILINE)
        self.assertGreater(len(settings), 50)
        sounding = {name for name in settings
                    if re.search(r"passw|passphrase|secret|token|private|key", name) and not name.endswith("_file")
                    and not name.startswith(("listen.mqtts_", "durability.", "limits."))}
        self.assertEqual(sounding, set(NO_SECRETS), "a file may hold a secret, a setting may not")

    def test_no_key_is_in_the_tree(self):
        paths = [path for path in tracked(".") if path.suffix not in (".png", ".ico", ".woff2")
                 and str(path.relative_to(ROOT)) not in MADE_UP_KEYS]
        for path in paths:
            text = path.read_text(errors="replace")
            self.assertNotRegex(text, r"BEGIN [A-Z ]*PRIVATE KEY-----(?:\\n|\s|\")*[A-Za-z0-9+/]{40}", path.relative_to(ROOT))
            for secret in re.findall(r"\bfastnessk1[0-9A-Za-z]{54}\b", text):
                self.assertNotEqual(secret[58:], checksum(secret[:58]), f"{path.relative_to(ROOT)} has an API key")


class Interface(unittest.TestCase):
    def test_every_row_of_the_api_is_described(self):
        ours = {(method, path) for method, path in routes() if not path.startswith(tuple(ELSEWHERE))}
        self.assertEqual(ours ^ described(), set())

    def test_every_row_of_est_is_described(self):
        page = (ROOT / "docs/identity.md").read_text()
        for method, path in routes():
            if path.startswith("/.well-known/est/"):
                self.assertIn(f"`{method.upper()} {path.rsplit('/', 1)[1]}`", page)


if __name__ == "__main__":
    unittest.main()
