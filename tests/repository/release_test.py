"""A signed release: what ./dev release makes verifies, and whatever is not what was released is refused in clear words."""
import json
import lzma
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import release  # noqa: E402
import sign_release  # noqa: E402

VERSION = release.version()
DEB, SOURCE, BILL = f"fastness_{VERSION}_amd64.deb", f"fastness-{VERSION}.tar.xz", f"fastness_{VERSION}.cdx.json"
TOOLS = ("ssh-keygen", "sha256sum", "dpkg", "dpkg-deb")
# A line of release-signers that counts for releases and nothing else, from a day to a day, by a key that no computer of today breaks.
SIGNER = (r'releases@fastness namespaces="fastness-release",valid-after="\d{8}Z",valid-before="\d{8}Z" '
          r"(?:sk-)?ssh-ed25519(?:@openssh\.com)? [A-Za-z0-9+/=]+(?: [\w. -]+)?")
LONGEST_YEARS = 3


def signers_of(text):
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def faults(line):
    """What is wrong with a line of release-signers."""
    if not re.fullmatch(SIGNER, line):
        return "its form"
    first, last = (int(year) for year in re.findall(r'"(\d{4})\d{4}Z"', line))
    return "" if first <= last <= first + LONGEST_YEARS else "how long it counts"


@unittest.skipUnless(all(map(shutil.which, TOOLS)), "no ssh-keygen, or no tools of Debian, on this machine")
class Release(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = tempfile.TemporaryDirectory()
        cls.folder = Path(cls.home.name)
        cls.key, cls.other = cls.make_key("ours"), cls.make_key("other")
        cls.signers = cls.signers_file("signers", cls.key)
        cls.package = cls.make_package(DEB, VERSION)
        cls.made = cls.folder / "made"
        try:
            cls.said = sign_release.make(cls.key, cls.package, cls.made, cls.signers)
        except SystemExit as why:
            cls.home.cleanup()
            if "is not installed" in str(why):
                raise unittest.SkipTest(str(why)) from why
            raise

    @classmethod
    def tearDownClass(cls):
        cls.home.cleanup()

    @classmethod
    def make_key(cls, name):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", cls.folder / name], check=True)
        return cls.folder / name

    @classmethod
    def signers_file(cls, name, key, options='namespaces="fastness-release"'):
        path = cls.folder / name
        public = key.with_name(f"{key.name}.pub").read_text()
        path.write_text(f"# who signs\nreleases@fastness {options} {public}")
        return path

    @classmethod
    def make_package(cls, name, version):
        tree = cls.folder / f"tree-{version}"
        (tree / "DEBIAN").mkdir(parents=True)
        (tree / "DEBIAN/control").write_text(f"Package: fastness\nVersion: {version}\nArchitecture: amd64\nMaintainer: a test\nDescription: none\n")
        subprocess.run(["dpkg-deb", "--root-owner-group", "--build", tree, cls.folder / name], check=True, stdout=subprocess.DEVNULL)
        return cls.folder / name

    def setUp(self):
        self.release = self.folder / self.id().rpartition(".")[2]
        shutil.copytree(self.made, self.release)

    def verify(self, *options, signers=None, environment=None):
        return subprocess.run(["sh", sign_release.VERIFY, "--signers", signers or self.signers, *options, self.release], capture_output=True, text=True,
                              env={**os.environ, **(environment or {})})

    def assert_refused(self, why, *options, **given):
        done = self.verify(*options, **given)
        self.assertNotEqual(done.returncode, 0, done.stdout)
        self.assertIn(why, done.stderr)
        self.assertEqual(done.stdout, "")

    def resign(self, key=None):
        sign_release.sign(self.release, key or self.key)

    def test_what_was_released_verifies(self):
        done = self.verify("--older")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(f"fastness {VERSION}: package, source and bill of materials are as they were released", done.stdout)
        self.assertEqual(done.stdout.strip(), self.said)

    def test_it_has_the_three_files_their_sums_and_the_signature(self):
        self.assertEqual({path.name for path in self.made.iterdir()}, {DEB, SOURCE, BILL, "SHA256SUMS", "SHA256SUMS.sig"})
        bill = json.loads((self.made / BILL).read_text())
        self.assertEqual(bill["metadata"]["component"]["properties"], [{"name": "fastness:commit", "value": release.commit()}])
        with tarfile.open(self.made / SOURCE) as archive:
            names = set(archive.getnames())
        self.assertEqual({f"fastness-{VERSION}/{name}" for name in ("CMakeLists.txt", "LICENSE", "tools/release.py")} - names, set())
        self.assertEqual([name for name in names if name.split("/")[0] != f"fastness-{VERSION}"], [])

    def test_the_same_commit_makes_the_same_source(self):
        again = self.folder / "again.tar.xz"
        sign_release.write_source(again)
        self.assertEqual(again.read_bytes(), (self.made / SOURCE).read_bytes())
        self.assertGreater(len(lzma.decompress(again.read_bytes())), 1_000_000)

    def test_one_changed_byte_anywhere_is_refused(self):
        for name, why in ((DEB, f"{DEB} is not the file that was released"), (SOURCE, f"{SOURCE} is not the file that was released"),
                          (BILL, f"{BILL} is not the file that was released"), ("SHA256SUMS", "SHA256SUMS is not signed by anybody"),
                          ("SHA256SUMS.sig", "SHA256SUMS is not signed by anybody")):
            with self.subTest(name):
                path, whole = self.release / name, (self.made / name).read_bytes()
                middle = len(whole) // 2
                path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1:])
                self.assert_refused(why, "--older")
                path.write_bytes(whole)

    def test_one_byte_more_is_refused(self):
        for name in (DEB, SOURCE, BILL, "SHA256SUMS"):
            with self.subTest(name):
                with (self.release / name).open("ab") as file:
                    file.write(b"\n")
                self.assert_refused("SHA256SUMS is not signed by anybody" if name == "SHA256SUMS" else f"{name} is not the file", "--older")
                shutil.copyfile(self.made / name, self.release / name)

    def test_a_missing_file_is_named(self):
        for name in (DEB, SOURCE, BILL, "SHA256SUMS", "SHA256SUMS.sig"):
            with self.subTest(name):
                (self.release / name).rename(self.folder / "away")
                self.assert_refused(f"{name} is missing", "--older")
                (self.folder / "away").rename(self.release / name)

    def test_another_key_is_refused(self):
        self.resign(self.other)
        self.assert_refused("SHA256SUMS is not signed by anybody", "--older")
        self.assertEqual(self.verify("--older", signers=self.signers_file("others", self.other)).returncode, 0, "it is a signature, by that key")

    def test_sums_of_something_else_by_the_same_key_are_refused(self):
        lines = (self.release / "SHA256SUMS").read_text().splitlines(keepends=True)
        for text in ("".join(lines[:2]), "".join(lines) + lines[0], "".join(lines).replace(BILL, "../" + BILL), "".join(lines).replace("fastness-", "fastness-9"),
                     "".join(lines).replace(DEB, "fastness_9.9_amd64.deb"), "", "".join(lines).replace(DEB, "other.deb")):
            with self.subTest(text[-60:]):
                (self.release / "SHA256SUMS").write_text(text)
                self.resign()
                self.assert_refused("does not name one package, one source and one bill of materials", "--older")

    def test_a_signature_for_another_use_is_refused(self):
        (self.release / "SHA256SUMS.sig").unlink()
        subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-n", "git", "-f", self.key, self.release / "SHA256SUMS"], check=True)
        self.assert_refused("SHA256SUMS is not signed by anybody", "--older")

    def test_a_key_counts_from_its_day_until_its_day(self):
        for options, is_good in (('valid-after="20200101Z",valid-before="20990101Z"', True), ('valid-before="20200101Z"', False),
                                 ('valid-after="20990101Z"', False)):
            with self.subTest(options):
                signers = self.signers_file("dated", self.key, f'namespaces="fastness-release",{options}')
                self.assertEqual(self.verify("--older", signers=signers).returncode == 0, is_good)

    def test_nobody_to_trust_is_nobodys_release(self):
        empty = self.folder / "empty"
        empty.write_text("# nobody\n")
        self.assert_refused("names nobody", signers=empty)
        self.assert_refused("there is no", signers=self.folder / "nowhere")

    def test_an_older_one_is_refused_unless_it_is_wanted(self):
        """dpkg's own database, of a machine that has a newer version."""
        database = self.folder / "dpkg"
        database.mkdir()
        (database / "status").write_text("Package: fastness\nStatus: install ok installed\nMaintainer: a test\nArchitecture: amd64\n"
                                         "Version: 99.0\nDescription: none\n")
        there = {"DPKG_ADMINDIR": str(database)}
        self.assert_refused(f"{VERSION} is older than 99.0", environment=there)
        self.assertEqual(self.verify("--older", environment=there).returncode, 0)
        (database / "status").write_text((database / "status").read_text().replace("99.0", VERSION))
        self.assertEqual(self.verify(environment=there).returncode, 0, "the same is not older")

    def test_what_is_asked_wrongly_is_no_release(self):
        for words in ((), ("--signers",), ("--nothing", str(self.release)), (str(self.folder / "nowhere"),)):
            with self.subTest(words):
                done = subprocess.run(["sh", sign_release.VERIFY, *words], capture_output=True, text=True)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn("verify-release: ", done.stderr)

    def test_a_folder_of_something_else_is_not_emptied(self):
        out = self.folder / "precious"
        out.mkdir()
        (out / "letter").write_text("dear")
        with self.assertRaisesRegex(SystemExit, "has something else in it than a release"):
            sign_release.make(self.key, self.package, out, self.signers)
        self.assertEqual((out / "letter").read_text(), "dear")
        (out / "letter").rename(out / "SHA256SUMS")
        sign_release.make(self.key, self.package, out, self.signers)

    def test_a_key_that_users_do_not_know_makes_no_release(self):
        out = self.folder / "unknown"
        with self.assertRaisesRegex(SystemExit, "does not verify, and was not made"):
            sign_release.make(self.other, self.package, out, self.signers)
        self.assertFalse(out.exists())

    def test_what_makes_no_release_is_said(self):
        inside = ROOT / "build/release-test-key"
        inside.parent.mkdir(exist_ok=True)
        inside.write_text("no key")
        try:
            with self.assertRaisesRegex(SystemExit, "is in the repository"):
                sign_release.check_key(inside)
        finally:
            inside.unlink()
        with self.assertRaisesRegex(SystemExit, "is not there"):
            sign_release.check_key(self.folder / "none")
        with self.assertRaisesRegex(SystemExit, "is no package of version"):
            sign_release.make(self.key, self.make_package("fastness_9.9_amd64.deb", "9.9"), self.folder / "wrong", self.signers)


class Key(unittest.TestCase):
    def test_who_signs_is_named_in_one_form(self):
        for line in signers_of(sign_release.SIGNERS.read_text()):
            self.assertEqual(faults(line), "", line)

    def test_another_form_is_found_out(self):
        good = 'releases@fastness namespaces="fastness-release",valid-after="20270101Z",valid-before="20290101Z" ssh-ed25519 AAAA of 2027'
        self.assertEqual(faults(good), "")
        for bad in (good.replace("releases@fastness", "*"), good.replace('namespaces="fastness-release",', ""), good.replace("ed25519", "rsa"),
                    good.replace(',valid-before="20290101Z"', ""), good.replace('"fastness-release"', '"*"')):
            self.assertEqual(faults(bad), "its form", bad)
        self.assertEqual(faults(good.replace("2029", "2049")), "how long it counts")
        self.assertEqual(faults(good.replace("2029", "2026")), "how long it counts")

    def test_no_private_key_of_a_releaser_is_in_the_repository(self):
        found = subprocess.run(["git", "-C", ROOT, "grep", "-lE", "BEGIN OPENSSH PRIVATE KE[Y]"], capture_output=True, text=True)
        self.assertEqual((found.returncode, found.stdout), (1, ""))

    def test_no_key_comes_by_the_environment(self):
        self.assertNotRegex(sign_release.__loader__.get_data(sign_release.__file__).decode(), r"\benviron\b|getenv")


if __name__ == "__main__":
    unittest.main()
