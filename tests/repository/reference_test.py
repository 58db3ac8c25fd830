"""docs/cli.md is what the commands themselves say."""
import os
import subprocess
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def program():
    """The newest `fastness` that was built."""
    built = [path for preset in ("dev", "release") if (path := ROOT / "build" / preset / "bin/fastness").exists()]
    if not built:
        raise AssertionError("no fastness was built: run ./test repository, or ./run")
    return max(built, key=lambda path: path.stat().st_mtime)


class Reference(unittest.TestCase):
    def test_the_page_of_the_command_line_is_current(self):
        # The leak checker cannot work where processes are traced, and has nothing to say here.
        said = subprocess.run([program(), "reference"], check=True, capture_output=True, text=True,
                              env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}).stdout
        self.assertEqual((ROOT / "docs/cli.md").read_text(), said, "run: fastness reference > docs/cli.md")


if __name__ == "__main__":
    unittest.main()
