"""tools/advisory.py: what it writes is CSAF 2.0, what is wrong is refused, and the feed says what the documents say."""
import copy
import hashlib
import json
import re
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import advisory  # noqa: E402
import cvss  # noqa: E402
from advisory_folder import WORST, Folder  # noqa: E402


class Score(unittest.TestCase):
    def test_it_is_what_the_specification_computes(self):
        # Worked out by hand from section 7.1; the second and the last are where rounding and a changed scope matter.
        for vector, score, word in ((WORST, 9.8, "CRITICAL"), ("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1, "MEDIUM"),
                                    ("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", 7.8, "HIGH"), ("CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:N/A:N", 3.7, "LOW"),
                                    ("CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:N/I:N/A:N", 0.0, "NONE"), ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 10.0, "CRITICAL")):
            with self.subTest(vector):
                self.assertEqual((cvss.base_score(vector), cvss.severity(cvss.base_score(vector))), (score, word))

    def test_what_is_no_vector_has_no_score(self):
        for vector in ("", "9.8", WORST.replace("3.1", "3.0"), WORST + "/E:P", WORST.replace("AV:N", "AV:X"), WORST.replace("/A:H", "")):
            with self.assertRaises(ValueError):
                cvss.base_score(vector)


class Documents(Folder):
    def test_a_new_one_is_whole(self):
        self.new(cve="CVE-2026-12345", cwe="CWE-287 Improper Authentication")

        self.assertEqual(advisory.check(self.folder), [])
        document = self.document()
        self.assertEqual(document["document"]["tracking"]["id"], "FSA-2026-001")
        self.assertEqual(document["document"]["references"][0]["url"], "https://example.org/csaf/2026/fsa-2026-001.json")
        self.assertEqual(document["vulnerabilities"][0]["scores"][0]["cvss_v3"]["baseScore"], 9.8)

    def test_numbers_go_up_within_a_year(self):
        self.new()
        self.new(date="2026-12-31T23:59:59Z")
        self.new(date="2027-01-01T00:00:00Z")
        self.assertEqual((self.folder / "index.txt").read_text(), "2026/fsa-2026-001.json\n2026/fsa-2026-002.json\n2027/fsa-2027-001.json\n")

    def test_a_missing_number_is_found(self):
        self.new()
        self.new()
        (self.folder / "2026/fsa-2026-001.json").unlink()
        self.assertIn("the numbers of 2026 have a gap", advisory.check(self.folder))

    def test_whatever_is_missing_is_named(self):
        self.new()
        path = self.folder / "2026/fsa-2026-001.json"
        whole = self.document()
        for steps in (["document", "title"], ["document", "category"], ["document", "csaf_version"], ["document", "notes"], ["document", "references"],
                      ["document", "publisher"], ["document", "distribution"], ["document", "tracking", "id"], ["document", "tracking", "status"],
                      ["document", "tracking", "version"], ["document", "tracking", "revision_history"], ["product_tree"], ["vulnerabilities"],
                      ["vulnerabilities", 0, "title"], ["vulnerabilities", 0, "notes"], ["vulnerabilities", 0, "product_status"],
                      ["vulnerabilities", 0, "scores"], ["vulnerabilities", 0, "remediations"]):
            with self.subTest(steps):
                cut = copy.deepcopy(whole)
                inside = cut
                for step in steps[:-1]:
                    inside = inside[step]
                del inside[steps[-1]]
                self.assertNotEqual(list(advisory.faults(cut, path, advisory.publisher(self.folder))), [])

    def test_whatever_is_wrong_is_refused_and_nothing_is_written(self):
        for options, why in (({"cvss": "9.8"}, "no base vector"), ({"affected": "all"}, "is no version"), ({"fixed": "soon"}, "is no version"),
                             ({"cve": "CVE-26-1"}, "is no CVE"), ({"cwe": "287"}, "a CWE has an id"), ({"title": ""}, "title is missing")):
            with self.subTest(options):
                self.assertIn(why, self.assert_refused(**options))
        self.assertEqual(advisory.documents(self.folder), {})

    def test_a_score_that_is_not_its_vectors_is_found(self):
        self.new()
        document = self.document()
        document["vulnerabilities"][0]["scores"][0]["cvss_v3"]["baseScore"] = 1.0
        self.assertIn("its vector makes 9.8, CRITICAL", list(advisory.faults(document, self.folder / "2026/fsa-2026-001.json", None)))

    def test_a_product_that_is_nowhere_is_found(self):
        self.new()
        document = self.document()
        document["vulnerabilities"][0]["product_status"]["known_affected"] = ["another"]
        found = list(advisory.faults(document, self.folder / "2026/fsa-2026-001.json", None))
        self.assertIn("it names a product that is not in its tree: another", found)
        self.assertIn("it does not say what to do with what is affected", found)

    def test_a_file_under_another_name_is_found(self):
        self.new()
        (self.folder / "2026/fsa-2026-001.json").rename(self.folder / "2026/fsa-2026-007.json")
        self.assertRegex(" ".join(advisory.check(self.folder)), "is not what its file is called")

    def test_a_revision_is_a_new_version_and_never_older(self):
        self.new()
        self.act("revise", "FSA-2026-001", "--summary", "Another version has it.", date="2026-12-02T12:00:00Z")
        tracking = self.document()["document"]["tracking"]
        self.assertEqual((tracking["version"], tracking["current_release_date"], len(tracking["revision_history"])), ("2", "2026-12-02T12:00:00Z", 2))
        self.assertEqual(advisory.check(self.folder), [])
        with self.assertRaisesRegex(SystemExit, "not in order"):
            self.act("revise", "FSA-2026-001", "--summary", "Yesterday.", date="2026-11-01T12:00:00Z")
        self.assertIn("there is no advisory", self.assert_refused("revise", "../../../etc", "--summary", "x"))

    def test_nobody_publishes_without_a_name(self):
        (self.folder / "publisher.json").unlink()
        self.assertIn("nobody publishes yet", self.assert_refused(title="A test"))
        self.assertIn("no https:// address", self.assert_refused("publisher", "--name", "F", "--namespace", "http://example.org", "--base-url", "https://example.org"))


class Feed(Folder):
    def test_it_says_what_the_documents_say_the_newest_first(self):
        self.new()
        self.new(title="Another", date="2026-12-02T12:00:00Z")
        self.act("revise", "FSA-2026-001", "--summary", "More.", date="2026-12-03T12:00:00Z")

        feed = json.loads((self.folder / advisory.FEED).read_text())["feed"]
        self.assertEqual([entry["id"] for entry in feed["entry"]], ["FSA-2026-001", "FSA-2026-002"])
        self.assertEqual(feed["updated"], "2026-12-03T12:00:00Z")
        self.assertEqual((self.folder / "changes.csv").read_text(),
                         '"2026/fsa-2026-001.json","2026-12-03T12:00:00Z"\n"2026/fsa-2026-002.json","2026-12-02T12:00:00Z"\n')
        self.assertEqual([row["id"] for row in json.loads((self.folder / "index.json").read_text())["advisories"]], ["FSA-2026-001", "FSA-2026-002"])
        for entry in feed["entry"]:
            self.assertEqual(entry["content"]["src"], entry["link"][0]["href"])
            for link in entry["link"]:
                self.assertTrue((self.folder / link["href"].removeprefix("https://example.org/csaf/")).exists(), link)

    def test_every_document_has_its_hashes(self):
        self.new()
        path = self.folder / "2026/fsa-2026-001.json"
        for algorithm in ("sha256", "sha512"):
            text = Path(f"{path}.{algorithm}").read_text()
            self.assertEqual(text, f"{hashlib.new(algorithm, path.read_bytes()).hexdigest()}  fsa-2026-001.json\n")

    def test_what_was_edited_after_the_feed_is_found(self):
        self.new()
        path = self.folder / "2026/fsa-2026-001.json"
        path.write_text(path.read_text().replace("Nothing happened.", "Something happened."))
        self.assertRegex(" ".join(advisory.check(self.folder)), "sha256 is not what its documents make")

    def test_the_metadata_names_the_folder_and_the_feed(self):
        metadata = json.loads((self.folder / "provider-metadata.json").read_text())
        self.assertEqual(metadata["canonical_url"], "https://example.org/csaf/provider-metadata.json")
        self.assertEqual(metadata["role"], "csaf_provider")
        self.assertEqual(metadata["publisher"], {"category": "vendor", "name": "Fastness", "namespace": "https://example.org"})
        feeds = metadata["distributions"][1]["rolie"]["feeds"]
        self.assertEqual([(feed["tlp_label"], feed["url"]) for feed in feeds], [("WHITE", f"https://example.org/csaf/{advisory.FEED}")])
        self.assertRegex(metadata["last_updated"], advisory.DATE)


class Tree(unittest.TestCase):
    def test_what_is_published_is_right(self):
        self.assertEqual(advisory.check(advisory.FOLDER), [])

    def test_none_is_an_example(self):
        for path, document in advisory.documents(advisory.FOLDER).items():
            self.assertNotRegex(json.dumps(document), r"example\.(?:org|com|net)|\.invalid|\bTODO\b|Lorem", path.name)

    def test_the_pages_lead_to_them(self):
        for page in ("SECURITY.md", "docs/security/disclosure.md"):
            self.assertRegex((ROOT / page).read_text(), r"\((?:docs/security/)?advisories/README\.md\)", page)
        self.assertIn("(docs/security/disclosure.md)", (ROOT / "SECURITY.md").read_text())

    def test_the_policy_has_the_times_of_the_promise(self):
        """SECURITY.md is what a reporter reads first, the page what we do: the days are the same."""
        def days(page):
            return re.findall(r"^\| (\d+ days) \|", (ROOT / page).read_text(), re.MULTILINE)
        self.assertEqual(days("SECURITY.md"), days("docs/security/disclosure.md"))
        self.assertEqual(len(days("SECURITY.md")), 4)


if __name__ == "__main__":
    unittest.main()
