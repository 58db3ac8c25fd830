"""The steps of docs/security/disclosure.md, rehearsed: its own commands are run, as they stand there, in a folder that is thrown away."""
import hashlib
import json
import re
import shlex
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import advisory  # noqa: E402
from advisory_folder import Folder  # noqa: E402

PAGE = (ROOT / "docs/security/disclosure.md").read_text()
BASE = "https://example.org/csaf/"


def commands():
    """What the page says to type, each in one line and without `./dev advisory`."""
    indented = re.findall(r"^ {7}(\./dev (?:.*\\\n)*.*)", PAGE, re.MULTILINE)
    inline = re.findall(r"`(\./dev advisory [^`]*)`", PAGE)
    return [shlex.split(command.replace("\\\n", " "))[2:] for command in indented + inline]


class Rehearsal(Folder):
    """One hole, from the day on which its fix is there to the day on which we know more."""

    def read_as_a_stranger(self):
        """What somebody has who knows the feed's address and nothing else: the documents, each held against its hash."""
        def served(url):
            self.assertTrue(url.startswith(BASE), url)
            return (self.folder / url.removeprefix(BASE)).read_bytes()

        documents = []
        for entry in json.loads(served(BASE + advisory.FEED))["feed"]["entry"]:
            links = {link["rel"]: link["href"] for link in entry["link"]}
            content = served(links["self"])
            self.assertEqual(served(links["hash"]).split()[0].decode(), hashlib.new(links["hash"].rpartition(".")[2], content).hexdigest())
            documents.append(json.loads(content)["document"])
        return documents

    def test_the_page_says_what_to_type(self):
        self.assertEqual([words[0] for words in commands()], ["new", "revise"])

    def test_what_the_page_says_to_type_is_published_and_revised(self):
        new, revise = commands()

        self.act(*new)
        self.assertEqual(advisory.check(self.folder), [])
        first = self.read_as_a_stranger()
        self.assertEqual([(document["tracking"]["id"], document["tracking"]["version"]) for document in first], [("FSA-2026-001", "1")])

        self.act(*revise, "FSA-2026-001", "--summary", "Another version has it, too.", date="2026-12-04T12:00:00Z")
        self.assertEqual(advisory.check(self.folder), [])
        again = self.read_as_a_stranger()
        self.assertEqual([(document["tracking"]["id"], document["tracking"]["version"]) for document in again], [("FSA-2026-001", "2")])
        self.assertEqual(len(again[0]["tracking"]["revision_history"]), 2, "what was said first is still seen")

    def test_it_says_all_that_the_page_promises(self):
        new, _ = commands()
        self.act(*new)
        hole = self.document()["vulnerabilities"][0]

        self.assertRegex(hole["remediations"][0]["details"], "audit trail", "how to see whether it was used")
        self.assertTrue(hole["product_status"]["known_affected"] and hole["product_status"]["fixed"], "which versions have it, and which not")
        self.assertTrue(hole["scores"][0]["cvss_v3"]["vectorString"].startswith("CVSS:3.1/"))

    def test_whoever_found_it_is_named_and_the_document_stays_right(self):
        new, revise = commands()
        self.act(*new)
        document = self.document()
        document["document"]["acknowledgments"] = [{"organization": "whoever found it", "summary": "reported it to us first"}]
        (self.folder / "2026/fsa-2026-001.json").write_text(advisory.as_json(document))

        self.act(*revise, "FSA-2026-001", "--summary", "Whom we thank.")
        self.assertEqual(advisory.check(self.folder), [])
        self.assertEqual(self.read_as_a_stranger()[0]["acknowledgments"], document["document"]["acknowledgments"])


if __name__ == "__main__":
    unittest.main()
