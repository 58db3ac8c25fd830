"""api/openapi.yaml: what kinds of bodies come in and go out. Nothing that is not described is taken (the api's own tests)."""
import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DESCRIPTION = ROOT / "api/openapi.yaml"
KIND = re.compile(r"^\s+((?:application|audio|font|image|model|multipart|text|video)/[\w.+-]+|\*/\*|'\*/\*'):", re.MULTILINE)
# What a person or a device may send. Another kind, a file or a picture above all, needs what comes with it: a quota, an
# origin of its own to be served from, and a way to take out what pictures say about place and camera.
TAKEN = {"application/json", "application/x-www-form-urlencoded", "application/ocsp-request"}
# The endpoint for keys that leaked takes whatever it is sent, looks for keys in it, and keeps nothing of it.
TAKEN_BY_LEAKS = {"text/plain", "application/octet-stream"}
# What browsers call their reports. JSON, of which three members are read and nothing is kept but in the log.
TAKEN_BY_REPORTS = {"application/csp-report"}
MORE = {"/api/v1/leaks": TAKEN_BY_LEAKS, "/api/v1/browser-reports": TAKEN_BY_REPORTS}
GIVEN = {"application/json", "application/ocsp-response", "application/pkix-crl", "text/csv", "text/plain"}


def operations():
    """Each operation's path and the text of its description."""
    paths = re.split(r"^paths:$", DESCRIPTION.read_text(), maxsplit=1, flags=re.MULTILINE)[1]
    paths = re.split(r"^\w", paths, maxsplit=1, flags=re.MULTILINE)[0]
    for part in re.split(r"^  (?=/)", paths, flags=re.MULTILINE)[1:]:
        path, _, rest = part.partition(":\n")
        for operation in re.split(r"^    (?=(?:get|put|post|patch|delete):$)", rest, flags=re.MULTILINE)[1:]:
            yield path, operation


def kinds(operation):
    """What it takes and what it gives."""
    body, _, answers = operation.partition("      responses:\n")
    return set(KIND.findall(body)), set(KIND.findall(answers))


class Kinds(unittest.TestCase):
    def test_the_description_is_read(self):
        described = list(operations())
        self.assertGreater(len(described), 100)
        self.assertEqual(len(described), len(re.findall(r"^      operationId:", DESCRIPTION.read_text(), re.MULTILINE)))
        taken, given = kinds("      requestBody:\n        content:\n          image/png:\n      responses:\n          text/csv:\n")
        self.assertEqual((taken, given), ({"image/png"}, {"text/csv"}))

    def test_no_file_and_no_picture_is_taken(self):
        for path, operation in operations():
            with self.subTest(path=path):
                self.assertLessEqual(kinds(operation)[0], TAKEN | MORE.get(path, set()))

    def test_no_file_of_a_user_is_served(self):
        for path, operation in operations():
            with self.subTest(path=path):
                self.assertLessEqual(kinds(operation)[1], GIVEN)

    def test_no_kind_is_described_apart(self):
        shared = DESCRIPTION.read_text().partition("\ncomponents:\n")[2]
        self.assertLessEqual(set(KIND.findall(shared)), TAKEN)


if __name__ == "__main__":
    unittest.main()
