"""No tool comes from anywhere but Debian's own repositories and npm, and npm's are pinned."""
import json
import re
import subprocess
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# The program, with an option or an address; the library of that name is one of ours.
FETCHERS = re.compile(r"\b(curl(?=\s+[-\"'$h])|wget|pip3?|cargo|gem|go get|git clone|add-apt-repository|npx|docker|snap)\b")


def tracked(*patterns):
    out = subprocess.run(["git", "ls-files", "-z", "--", *patterns], cwd=ROOT, check=True,
                         capture_output=True, text=True).stdout
    return [ROOT / name for name in out.split("\0") if name]


def scripts():
    return tracked("run", "test", "dev", ".ci/run", "tools/*.sh", "tools/*.py", "cmake/*", "CMakeLists.txt")


class SupplyChain(unittest.TestCase):
    def test_scripts_fetch_with_apt_and_npm_only(self):
        for path in scripts():
            for number, line in enumerate(path.read_text().splitlines(), 1):
                code = line.split("#")[0]
                if "npx-cli.js" in code:
                    continue
                self.assertIsNone(FETCHERS.search(code), f"{path.relative_to(ROOT)}:{number}: {line}")

    def test_scripts_name_no_host(self):
        for path in scripts():
            self.assertNotRegex(path.read_text(), r"https?://(?!localhost|127\.0\.0\.1)[a-z0-9]", path.name)

    def test_every_npm_package_is_pinned_by_its_hash(self):
        locks = tracked("*package-lock.json")
        self.assertTrue(locks)
        for lock in locks:
            for name, entry in json.loads(lock.read_text())["packages"].items():
                if name == "" or entry.get("link"):
                    continue
                self.assertIn("integrity", entry, f"{lock.relative_to(ROOT)}: {name}")
                self.assertNotIn("git+", entry.get("resolved", ""), name)

    def test_debian_packages_are_in_debian_main(self):
        names = [line for line in (ROOT / "tools/packages.txt").read_text().splitlines()
                 if line and line[0] not in "#["]
        out = subprocess.run(["apt-cache", "madison", *names], capture_output=True, text=True).stdout
        if "/main " not in out:
            self.skipTest("no package list on this machine: run apt-get update")
        found = {line.split("|")[0].strip() for line in out.splitlines() if "/main " in line}
        self.assertEqual(set(names) - found, set())


class Promises(unittest.TestCase):
    def test_readme_names_the_two_commands(self):
        text = (ROOT / "README.md").read_text()
        self.assertIn("./run", text)
        self.assertIn("./test", text)

    def test_no_path_of_one_machine_is_in_the_tree(self):
        out = subprocess.run(["git", "grep", "-nIE", r"(^|[^.A-Za-z0-9_])/(home|root|work)/[a-z]", "--", ".", ":!tests/repository",
                              ":!*package-lock.json"], cwd=ROOT, capture_output=True, text=True).stdout
        self.assertEqual(out, "")


if __name__ == "__main__":
    unittest.main()
