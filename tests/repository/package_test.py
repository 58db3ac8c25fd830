"""The Debian package, packed from stand-ins for the programs: what is in it, with which modes, and what its scripts do."""
import hashlib
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import package  # noqa: E402
import reproduce  # noqa: E402

SCRIPTS = ROOT / "packaging/debian"
TOOLS = ("dpkg-deb", "dpkg-shlibdeps", "strip")


@unittest.skipUnless(all(map(shutil.which, TOOLS)), "no tools of Debian on this machine")
class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = tempfile.TemporaryDirectory()
        cls.folder = Path(cls.home.name)
        programs, console, third_party = (cls.folder / name for name in ("bin", "dist", "third-party"))
        for name in package.PROGRAMS:
            programs.mkdir(exist_ok=True)
            shutil.copy(shutil.which("openssl") or shutil.which("git"), programs / name)
        for path in (console / "licences.txt", third_party / "sqlite3mc/LICENSE"):
            path.parent.mkdir(parents=True)
            path.write_text("as you like\n")
        cls.given = (programs, console, third_party)
        try:
            cls.package = package.build(*cls.given, cls.folder / "first")
        except (SystemExit, FileNotFoundError) as why:
            cls.home.cleanup()
            raise unittest.SkipTest(str(why)) from why
        cls.tree = cls.folder / "tree"
        subprocess.run(["dpkg-deb", "-R", cls.package, cls.tree], check=True)
        listing = subprocess.run(["dpkg-deb", "-c", cls.package], check=True, capture_output=True, text=True).stdout
        cls.rows = [line.split(None, 5) for line in listing.splitlines()]

    @classmethod
    def tearDownClass(cls):
        cls.home.cleanup()

    def test_two_packings_have_the_same_bytes(self):
        before = os.umask(0o077)
        try:
            again = package.build(*self.given, self.folder / "second")
        finally:
            os.umask(before)
        self.assertEqual(hashlib.sha256(again.read_bytes()).hexdigest(), hashlib.sha256(self.package.read_bytes()).hexdigest())

    def test_everything_is_roots_and_nobody_else_can_write_it(self):
        for mode, owner, *_, name in self.rows:
            with self.subTest(name):
                self.assertEqual(owner, "root/root")
                if not mode.startswith("l"):
                    self.assertIn(mode, ("drwxr-xr-x", "-rwxr-xr-x", "-rw-r--r--"), "no setuid, no setgid, no file that others write")

    def test_only_programs_can_be_run(self):
        runnable = {row[-1] for row in self.rows if row[0] == "-rwxr-xr-x"}
        self.assertEqual(runnable, {f"./usr/lib/fastness/{name}" for name in package.PROGRAMS})

    def test_it_has_what_it_must_and_nothing_else(self):
        places = {"/".join(path.relative_to(self.tree).parts[:3]) for path in self.tree.rglob("*") if path.is_file() or path.is_symlink()}
        places = {place for place in places if not place.startswith("DEBIAN/")}
        self.assertEqual(places, {"etc/fastness/fastness.toml", "usr/bin/fastness", "usr/bin/fastnessd", "usr/lib/fastness", "usr/lib/systemd",
                                  "usr/lib/sysusers.d", "usr/lib/tmpfiles.d", "usr/share/doc", "usr/share/fastness", "usr/share/man"})
        documents = self.tree / "usr/share/doc/fastness"
        for name in ("copyright", "sbom.cdx.json", "library-licences.txt", "console-licences.txt", "configuration.md", "security/algorithms.json",
                     "examples/passphrase.conf"):
            self.assertTrue((documents / name).is_file(), name)
        for name in ("release-signers", "verify-release"):
            self.assertEqual((self.tree / "usr/share/fastness/release" / name).read_bytes(), (ROOT / "packaging/release" / name).read_bytes())
        for name in ("fastness", "fastnessd"):
            self.assertEqual((self.tree / "usr/bin" / name).resolve(), (self.tree / "usr/lib/fastness" / name).resolve())

    def test_no_secret_and_no_path_of_the_builder_is_in_it(self):
        private = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\n|fastnessk1[A-Za-z0-9]{20}|" + re.escape(str(self.folder)).encode())
        for path in self.tree.rglob("*"):
            if path.is_file() and "usr/lib/fastness" not in str(path):
                self.assertIsNone(private.search(path.read_bytes()), path)

    def test_the_unit_and_the_settings_are_those_of_the_tree(self):
        for inside, source in {"usr/lib/systemd/system/fastness.service": "packaging/systemd/fastness.service",
                               "etc/fastness/fastness.toml": "packaging/debian/fastness.toml"}.items():
            self.assertEqual((self.tree / inside).read_bytes(), (ROOT / source).read_bytes())
        self.assertEqual((self.tree / "DEBIAN/conffiles").read_text(), "/etc/fastness/fastness.toml\n")

    def test_the_sums_are_right_and_of_every_file(self):
        sums = dict(reversed(line.split("  ")) for line in (self.tree / "DEBIAN/md5sums").read_text().splitlines())
        here = {str(path.relative_to(self.tree)): path for path in package.files_of(self.tree)}
        self.assertEqual(set(sums), set(here) - {"etc/fastness/fastness.toml"})
        for name, digest in sums.items():
            self.assertEqual(hashlib.md5(here[name].read_bytes(), usedforsecurity=False).hexdigest(), digest, name)

    def test_it_asks_for_the_libraries_of_its_programs(self):
        depends = re.search(r"^Depends: (.*)$", (self.tree / "DEBIAN/control").read_text(), re.MULTILINE)[1]
        self.assertRegex(depends, r"\blibc6 \(>= ")
        self.assertIn("systemd", depends.split(", "))


class Scripts(unittest.TestCase):
    def run_script(self, name, *arguments):
        """Runs it with nothing but `cat` and stand-ins that write down how they were called."""
        with tempfile.TemporaryDirectory() as folder:
            for tool in ("systemd-sysusers", "systemd-tmpfiles", "systemctl"):
                path = Path(folder, tool)
                path.write_text(f'#!/bin/sh\necho {tool} "$@" >>{folder}/calls\n')
                path.chmod(0o700)
            os.symlink(shutil.which("cat"), Path(folder, "cat"))
            done = subprocess.run(["/bin/sh", SCRIPTS / name, *arguments], env={"PATH": folder}, capture_output=True, text=True)
            calls = Path(folder, "calls")
            return done, calls.read_text().splitlines() if calls.exists() else []

    def test_the_user_is_made_before_the_folder(self):
        done, calls = self.run_script("postinst", "configure")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(calls[:2], ["systemd-sysusers fastness.conf", "systemd-tmpfiles --create fastness.conf"])
        self.assertIn("installed and not started", done.stdout)

    def test_nothing_is_started_that_nobody_started(self):
        for name in ("postinst", "prerm", "postrm"):
            self.assertNotRegex((SCRIPTS / name).read_text(), r"^ *systemctl (?:start|enable|restart)", name)

    def test_nothing_is_done_for_what_is_not_meant(self):
        for name, word in (("postinst", "abort-upgrade"), ("prerm", "upgrade"), ("prerm", "failed-upgrade")):
            done, calls = self.run_script(name, word)
            self.assertEqual((done.returncode, calls), (0, []), done.stderr)

    def test_no_script_deletes_data(self):
        for name in ("postinst", "prerm", "postrm"):
            commands = re.sub(r"<<'END'.*?^END$", "", (SCRIPTS / name).read_text(), flags=re.MULTILINE | re.DOTALL)
            self.assertNotRegex(commands, r"\b(rm|rmdir|unlink|shred|find|deluser|userdel)\b", name)
            # With nothing on the path that could: a script that tries fails.
            self.assertEqual(self.run_script(name, "purge")[0].returncode, 0)

    def test_they_stop_at_the_first_error(self):
        for name in ("postinst", "prerm", "postrm"):
            self.assertTrue((SCRIPTS / name).read_text().startswith("#!/bin/sh\nset -e\n"))
            self.assertTrue((SCRIPTS / name).stat().st_mode & stat.S_IXUSR)

    def test_the_user_of_the_unit_is_the_one_that_is_made(self):
        unit = (ROOT / "packaging/systemd/fastness.service").read_text()
        self.assertIn("\nUser=fastness\n", unit)
        self.assertRegex((SCRIPTS / "fastness.sysusers").read_text(), r"(?m)^u fastness - ")
        self.assertRegex((SCRIPTS / "fastness.tmpfiles").read_text(), r"(?m)^d /var/lib/fastness 0700 fastness fastness -$")
        if shutil.which("systemd-sysusers"):
            done = subprocess.run(["systemd-sysusers", "--dry-run", SCRIPTS / "fastness.sysusers"], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)


class Reproduced(unittest.TestCase):
    def test_what_differs_or_is_missing_is_named(self):
        self.assertEqual(reproduce.compare({"a": "1", "b": "2", "c": "3"}, {"a": "1", "b": "4", "d": "3"}), ["b", "c", "d"])
        self.assertEqual(reproduce.compare({"a": "1"}, {"a": "1"}), [])

    def test_the_sources_do_not_ask_for_the_time_of_the_build(self):
        found = subprocess.run(["git", "grep", "-nE", r"__DATE__|__TIME__|__TIMESTAMP__|string\(TIMESTAMP", "--", "src", "apps", "bench", "device",
                                "cmake", "CMakeLists.txt"], cwd=ROOT, capture_output=True, text=True).stdout
        self.assertEqual(found, "")

    def test_the_name_of_the_checkout_is_left_out(self):
        self.assertIn("-ffile-prefix-map=${sourceDir}=.", (ROOT / "CMakePresets.json").read_text())
        self.assertIn('-ffile-prefix-map="$PWD=."', (ROOT / "tools/third_party.sh").read_text())

    def test_two_folders_compile_to_the_same_bytes(self):
        """What the flags of the release promise, tried on one file that names itself."""
        flags = re.search(r'"CMAKE_CXX_FLAGS": "(-O2 [^"]*-ffile-prefix-map[^"]*)"', (ROOT / "CMakePresets.json").read_text())[1]
        made = []
        with tempfile.TemporaryDirectory() as folder:
            for name in ("a", "another/folder"):
                place = Path(folder, name)
                place.mkdir(parents=True)
                (place / "named.cc").write_text('#include <cstdio>\nint main() { std::puts(__FILE__); }\n')
                subprocess.run(["g++", *flags.replace("${sourceDir}", str(place)).split(), "-pie", "-fPIE", place / "named.cc", "-o", place / "named"],
                               cwd=place, check=True)
                made.append((place / "named").read_bytes())
                self.assertNotIn(str(place).encode(), made[-1])
        self.assertEqual(*made)


if __name__ == "__main__":
    unittest.main()
