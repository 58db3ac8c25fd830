"""docs/access.md is what tools/access_table.py makes of the API's file."""
import importlib.util
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

spec = importlib.util.spec_from_file_location("access_table", ROOT / "tools/access_table.py")
access_table = importlib.util.module_from_spec(spec)
spec.loader.exec_module(access_table)


class AccessPage(unittest.TestCase):
    def test_the_page_is_made_from_the_file(self):
        self.assertEqual(access_table.PAGE.read_text(), access_table.page(), "run tools/access_table.py --write")

    def test_a_viewer_is_given_no_way_to_change_anything(self):
        scopes = access_table.scopes_of_roles()
        self.assertEqual({scope.split(":")[1] for scope in scopes["viewer"]}, {"read"})
        self.assertTrue(scopes["viewer"] < scopes["member"])


if __name__ == "__main__":
    unittest.main()
