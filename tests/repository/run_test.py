"""./run deletes nothing that is not its own."""
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments):
    return subprocess.run([ROOT / "run", *arguments], capture_output=True, text=True, cwd="/")


class Run(unittest.TestCase):
    def test_fresh_refuses_a_directory_that_fastness_did_not_make(self):
        with tempfile.TemporaryDirectory() as home:
            keepsake = Path(home, "letters.txt")
            keepsake.write_text("dear")
            refused = run("--fresh", "--data-dir", home)
            self.assertEqual(refused.returncode, 1, refused.stderr)
            self.assertIn("not deleted", refused.stderr)
            self.assertEqual(keepsake.read_text(), "dear")

    def test_a_mistake_is_told_before_anything_is_built(self):
        refused = run("--data-dir")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("--data-dir needs a directory", refused.stderr)
        self.assertIn("./run [--data-dir DIR]", run("--help").stdout)


if __name__ == "__main__":
    unittest.main()
