"""The data map: every column, family and sealed field has a class, and docs/privacy.md says the same."""
import re
import sqlite3
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import data_map  # noqa: E402

SENSITIVITY = {"open", "internal", "personal", "secret"}
MIGRATION = re.compile(r'(?:Migration\{|^\s*\{)\d+,\s*R"(\w*)\((.*?)\)\1"', re.DOTALL | re.MULTILINE)


def sources():
    return [path for path in (ROOT / "src").rglob("*.cc") if not path.name.endswith(("_test.cc", "_fuzz.cc"))]


def schema():
    """table -> columns, of the database that all migrations of the sources make together."""
    database = sqlite3.connect(":memory:")
    for path in sources():
        text = path.read_text()
        if "storage/migrations.h" not in text and path.name != "migrations.cc":
            continue
        for _, script in MIGRATION.findall(text):
            database.executescript(script)
        for script in re.findall(r'R"\(\s*(CREATE TABLE IF NOT EXISTS storage_migration.*?)\)"', text, re.DOTALL):
            database.executescript(script)
    tables = [name for name, in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
              if not name.startswith("sqlite_")]
    return {(table, row[1]) for table in tables for row in database.execute(f"PRAGMA table_info({table})")}


class DataMap(unittest.TestCase):
    def test_every_column_has_a_class_and_none_that_is_gone(self):
        stated = [row[:2] for row in data_map.columns()]
        self.assertGreater(len(stated), 150, "the maps are found at all")
        self.assertEqual(len(stated), len(set(stated)), "a column has one line")
        self.assertEqual(schema() - set(stated), set(), "columns without a class: give them one in data_map.h")
        self.assertEqual(set(stated) - schema(), set(), "classes of columns that are gone")

    def test_every_class_is_one_that_there_is(self):
        for row in data_map.columns():
            self.assertIn(row[2], SENSITIVITY, row)
            self.assertIn(row[3], {"", "sealed", "keyed_hash", "blind_index"}, row)
        for row in data_map.stores():
            self.assertIn(row[1], SENSITIVITY, row)
            self.assertIn(row[2], {"", "sealed", "wrapped"}, row)

    def test_no_secret_and_no_value_rests_on_the_encryption_of_the_file_alone(self):
        self.assertEqual([row for row in data_map.columns() if row[2] == "secret" and not row[3]], [])
        # The key-value store and the journal are no encrypted files: nothing but this protects them.
        self.assertEqual([row for row in data_map.stores() if row[1] != "internal" and not row[2]], [])

    def test_every_family_of_the_store_has_a_class(self):
        families = {name for path in (ROOT / "src").rglob("*.h") if "testing" not in path.parts
                    for name in re.findall(r'\bkFamily = "(\w+)"', path.read_text())}
        lists = re.findall(r"::families\(\) \{\s*return \{(.*?)\};", (ROOT / "src/history/chunk_store.cc").read_text(), re.DOTALL)
        families |= {name for each in lists for name in re.findall(r'"(\w+)"', each)}
        self.assertEqual(families | {"journal"}, {row[0] for row in data_map.stores()})

    def test_every_sealed_field_lies_where_the_map_says(self):
        registry = re.findall(r'Field\{FieldId::(\w+),', (ROOT / "src/keys/field_id.h").read_text())
        self.assertEqual(list(data_map.fields()), registry)
        sealed = {f"{row[0]}.{row[1]}" for row in data_map.columns() if row[3] == "sealed"}
        sealed |= {row[0] for row in data_map.stores() if row[2] == "sealed"}
        self.assertEqual(sealed, set(data_map.fields().values()) - {"none"})

    def test_the_code_seals_no_field_that_lies_nowhere(self):
        used = {name for path in sources() for name in re.findall(r"\bFieldId::(\w+)", path.read_text())}
        self.assertEqual({name for name, place in data_map.fields().items() if place != "none"}, used)

    def test_the_page_says_the_same(self):
        page = data_map.PAGE.read_text()
        said = page.split(data_map.BEGIN)[1].split(data_map.END)[0].strip()
        self.assertEqual(said, data_map.render().strip(), "run: tools/data_map.py --write")


if __name__ == "__main__":
    unittest.main()
