"""What tests of advisories have in common."""
import contextlib
import io
import json
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import advisory  # noqa: E402

WORST = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"


class Folder(unittest.TestCase):
    """A folder of advisories of its own, which has a publisher."""

    def setUp(self):
        home = tempfile.TemporaryDirectory()
        self.addCleanup(home.cleanup)
        self.folder = Path(home.name)
        self.act("publisher", "--name", "Fastness", "--namespace", "https://example.org", "--base-url", "https://example.org/csaf/")

    def act(self, *arguments, date="2026-12-01T12:00:00Z"):
        with contextlib.redirect_stdout(io.StringIO()):
            advisory.main(["--folder", str(self.folder), "--date", date, *arguments])

    def new(self, date="2026-12-01T12:00:00Z", **other):
        options = {"title": "A test of the tool", "summary": "Nothing happened.", "affected": "<0.2.0", "fixed": "0.2.0", "cvss": WORST, "do": "Update.", **other}
        self.act("new", *(word for name, value in options.items() for word in (f"--{name}", value)), date=date)

    def document(self, name="fsa-2026-001"):
        return json.loads((self.folder / f"{name[4:8]}/{name}.json").read_text())

    def assert_refused(self, *arguments, **options):
        with self.assertRaises(SystemExit) as refused:
            (self.new if options else self.act)(*arguments, **options)
        self.assertNotIn(refused.exception.code, (0, None))
        return str(refused.exception)
