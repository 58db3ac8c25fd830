#!/usr/bin/env python3
"""Advisories as CSAF 2.0 documents, with their feed, in docs/security/advisories.

  advisory.py publisher --name NAME --namespace URL --base-url URL    once: who publishes, and where the folder is served
  advisory.py new --title T --summary S --affected '<0.2.0' --fixed 0.2.0 --cvss VECTOR --do TEXT [--cve CVE-…] [--cwe CWE-…]
  advisory.py revise FSA-2026-001 --summary 'what is new'             after its document was edited: a new version of it
  advisory.py index                                                   makes index, changes and feed anew
  advisory.py check                                                   says what is wrong, and is what the tests run

A document is FSA-YEAR-NUMBER in YEAR/fsa-year-number.json (CSAF 2.0, section 5.1). Nothing is sent anywhere: the folder is served
as it is.
"""
import argparse
import csv
import hashlib
import io
import json
import re
from datetime import datetime, timezone
from pathlib import Path

import cvss
from release import ROOT

FOLDER = ROOT / "docs/security/advisories"
ID = re.compile(r"^FSA-(\d{4})-(\d{3})$")
DATE = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
VERSION = re.compile(r"^\d+\.\d+\.\d+$")
RANGE = re.compile(r"^(?:>=\d+\.\d+\.\d+\|)?<\d+\.\d+\.\d+$")
FEED = "fastness-feed-tlp-white.json"


def now():
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def as_json(value):
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def documents(folder):
    """Every document by its path, the oldest id first."""
    return {path: json.loads(path.read_text()) for path in sorted(folder.glob("[0-9]*/*.json"))}


def publisher(folder):
    path = folder / "publisher.json"
    return json.loads(path.read_text()) if path.exists() else None


def path_of(folder, name):
    return folder / name[4:8] / f"{name.lower()}.json"


def next_id(folder, year):
    taken = [int(ID.match(document["document"]["tracking"]["id"])[2]) for path, document in documents(folder).items() if path.parent.name == year]
    return f"FSA-{year}-{max(taken, default=0) + 1:03}"


def draft(folder, given, date):
    """A first version, complete; its author may add notes, references and thanks before it is committed."""
    who = publisher(folder)
    if who is None:
        raise SystemExit("error: nobody publishes yet: say who by `./dev advisory publisher`")
    name = next_id(folder, date[:4])
    score = cvss.base_score(given.cvss)
    flaw = {"title": given.title, "notes": [{"category": "description", "text": given.summary}],
            "product_status": {"known_affected": ["affected"], "fixed": ["fixed"]},
            "scores": [{"products": ["affected"], "cvss_v3": {"version": "3.1", "vectorString": given.cvss, "baseScore": score,
                                                              "baseSeverity": cvss.severity(score)}}],
            "remediations": [{"category": "vendor_fix", "details": given.do, "product_ids": ["affected"]}]}
    if given.cve:
        flaw["cve"] = given.cve
    if given.cwe:
        flaw["cwe"] = {"id": given.cwe.partition(" ")[0], "name": given.cwe.partition(" ")[2]}
    branches = [{"category": "product_version_range", "name": f"vers:generic/{given.affected}",
                 "product": {"name": f"Fastness {given.affected}", "product_id": "affected"}},
                {"category": "product_version", "name": given.fixed, "product": {"name": f"Fastness {given.fixed}", "product_id": "fixed"}}]
    return {
        "document": {
            "category": "csaf_security_advisory", "csaf_version": "2.0", "lang": "en", "title": given.title,
            "distribution": {"tlp": {"label": "WHITE"}},
            "publisher": {"category": "vendor", "name": who["name"], "namespace": who["namespace"]},
            "notes": [{"category": "summary", "text": given.summary}],
            "references": [{"category": "self", "summary": "this document", "url": f"{who['base_url']}/{path_of(Path(), name).as_posix()}"}],
            "tracking": {"id": name, "status": "final", "version": "1", "initial_release_date": date, "current_release_date": date,
                         "revision_history": [{"date": date, "number": "1", "summary": "First published."}]}},
        "product_tree": {"branches": [{"category": "vendor", "name": who["name"], "branches": [
            {"category": "product_name", "name": "Fastness", "branches": branches}]}]},
        "vulnerabilities": [flaw]}


def at(document, *steps):
    """What is there, or nothing."""
    for step in steps:
        try:
            document = document[step]
        except (KeyError, IndexError, TypeError):
            return None
    return document


def tracking_faults(tracking, path):
    name = tracking.get("id", "")
    if not ID.match(name) or path.name != f"{name.lower()}.json" or path.parent.name != name[4:8]:
        yield f"its id {name} is not what its file is called, as FSA-2026-001 in 2026/fsa-2026-001.json"
    history = tracking.get("revision_history") or [{}]
    numbers = [entry.get("number") for entry in history]
    if numbers != [str(number) for number in range(1, len(history) + 1)]:
        yield "its revisions are not numbered 1, 2, 3"
    dates = [entry.get("date", "") for entry in history]
    if dates != sorted(dates) or not all(map(DATE.match, dates)):
        yield "the dates of its revisions are not in order, as 2026-12-01T12:00:00Z"
    if not all(entry.get("summary") for entry in history):
        yield "a revision does not say what is new"
    expected = {"version": numbers[-1], "initial_release_date": dates[0], "current_release_date": dates[-1], "status": "final"}
    for key, value in expected.items():
        if tracking.get(key) != value:
            yield f"document.tracking.{key} is not {value}"


def flaw_faults(flaw, products):
    for steps in (("title",), ("notes", 0, "text"), ("product_status", "known_affected", 0), ("product_status", "fixed", 0),
                  ("scores", 0, "cvss_v3", "vectorString"), ("remediations", 0, "details"), ("remediations", 0, "category")):
        if not at(flaw, *steps):
            yield f"vulnerabilities[]: {'.'.join(map(str, steps))} is missing"
    named = {product for kind in (flaw.get("product_status") or {}).values() for product in kind}
    named |= {product for each in flaw.get("scores") or [] for product in each.get("products", [])}
    named |= {product for each in flaw.get("remediations") or [] for product in each.get("product_ids", [])}
    if named - products:
        yield f"it names a product that is not in its tree: {', '.join(sorted(named - products))}"
    cured = {product for each in flaw.get("remediations") or [] for product in each.get("product_ids", [])}
    if set(at(flaw, "product_status", "known_affected") or []) - cured:
        yield "it does not say what to do with what is affected"
    for score in flaw.get("scores") or []:
        rated = score.get("cvss_v3", {})
        try:
            right = cvss.base_score(rated.get("vectorString", ""))
        except ValueError as why:
            yield str(why)
            continue
        if (rated.get("baseScore"), rated.get("baseSeverity")) != (right, cvss.severity(right)):
            yield f"its vector makes {right}, {cvss.severity(right)}"
    if "cve" in flaw and not re.match(r"^CVE-\d{4}-\d{4,}$", flaw["cve"]):
        yield f"{flaw['cve']} is no CVE"
    if "cwe" in flaw and not (re.match(r"^CWE-[1-9]\d{0,5}$", at(flaw, "cwe", "id") or "") and at(flaw, "cwe", "name")):
        yield "a CWE has an id and its name, as --cwe 'CWE-287 Improper Authentication'"


def products_of(branches):
    for branch in branches or []:
        if "product" in branch:
            yield branch["product"].get("product_id"), branch["category"], branch["name"]
        yield from products_of(branch.get("branches"))


def faults(document, path, who):
    """What is wrong with it, each as a sentence."""
    head = document.get("document", {})
    for key, value in {"category": "csaf_security_advisory", "csaf_version": "2.0", "lang": "en"}.items():
        if head.get(key) != value:
            yield f"document.{key} is not {value}"
    for steps in (("title",), ("notes", 0, "text"), ("references", 0, "url"), ("publisher", "namespace")):
        if not at(head, *steps):
            yield f"document.{'.'.join(map(str, steps))} is missing"
    if at(head, "distribution", "tlp", "label") != "WHITE":
        yield "it is not for everybody (document.distribution.tlp.label)"
    if who and at(head, "publisher") != {"category": "vendor", "name": who["name"], "namespace": who["namespace"]}:
        yield "its publisher is not the one of publisher.json"
    yield from tracking_faults(head.get("tracking", {}), path)
    found = list(products_of(at(document, "product_tree", "branches")))
    for _, category, name in found:
        form = RANGE.match(name.removeprefix("vers:generic/")) if category == "product_version_range" else VERSION.match(name)
        if not form:
            yield f"{name} is no version, as 0.2.0 or vers:generic/<0.2.0"
    if not document.get("vulnerabilities"):
        yield "it has no vulnerabilities[]"
    for flaw in document.get("vulnerabilities") or []:
        yield from flaw_faults(flaw, {product for product, *_ in found})


def row(folder, path, document):
    tracking = document["document"]["tracking"]
    return {"id": tracking["id"], "title": document["document"]["title"], "file": path.relative_to(folder).as_posix(),
            "published": tracking["initial_release_date"], "updated": tracking["current_release_date"], "version": tracking["version"]}


def feed(folder, who, rows):
    """ROLIE (RFC 8322), as CSAF 2.0 section 7.1.15 asks for it."""
    def entry(each):
        path = f"{who['base_url']}/{each['file']}"
        links = [{"rel": "self", "href": path}, {"rel": "hash", "href": f"{path}.sha256"}, {"rel": "hash", "href": f"{path}.sha512"}]
        return {"id": each["id"], "title": each["title"], "link": links, "published": each["published"], "updated": each["updated"],
                "content": {"type": "application/json", "src": path}, "format": {"schema": "urn:oasis:csaf:2.0", "version": "2.0"}}
    updated = max([each["updated"] for each in rows], default=who["since"])
    return {"feed": {"id": "fastness-feed-tlp-white", "title": "Advisories of Fastness (TLP:WHITE)",
                     "link": [{"rel": "self", "href": f"{who['base_url']}/{FEED}"}],
                     "category": [{"scheme": "urn:ietf:params:rolie:category:information-type", "term": "csaf"}],
                     "updated": updated, "entry": [entry(each) for each in rows]}}


def provider(who, updated):
    return {"canonical_url": f"{who['base_url']}/provider-metadata.json", "last_updated": updated, "metadata_version": "2.0",
            "list_on_CSAF_aggregators": True, "mirror_on_CSAF_aggregators": True, "role": "csaf_provider",
            "publisher": {"category": "vendor", "name": who["name"], "namespace": who["namespace"]},
            "distributions": [{"directory_url": f"{who['base_url']}/"},
                              {"rolie": {"feeds": [{"summary": "All advisories", "tlp_label": "WHITE", "url": f"{who['base_url']}/{FEED}"}]}}]}


def made(folder):
    """What is made of the documents: the text of each file by its name."""
    found = documents(folder)
    rows = sorted((row(folder, path, document) for path, document in found.items()), key=lambda each: (each["updated"], each["id"]), reverse=True)
    changes = io.StringIO()
    csv.writer(changes, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows((each["file"], each["updated"]) for each in rows)
    texts = {"index.txt": "".join(f"{path.relative_to(folder).as_posix()}\n" for path in found), "changes.csv": changes.getvalue(),
             "index.json": as_json({"advisories": rows})}
    if who := publisher(folder):
        of_all = feed(folder, who, rows)
        texts |= {FEED: as_json(of_all), "provider-metadata.json": as_json(provider(who, of_all["feed"]["updated"]))}
    for path in found:
        for algorithm in ("sha256", "sha512"):
            name = path.relative_to(folder).as_posix()
            texts[f"{name}.{algorithm}"] = f"{hashlib.new(algorithm, path.read_bytes()).hexdigest()}  {path.name}\n"
    return texts


def check(folder):
    """Everything that is wrong in the folder, each as a sentence."""
    found = documents(folder)
    who = publisher(folder)
    wrong = [f"{path.name}: {fault}" for path, document in found.items() for fault in faults(document, path, who)]
    if wrong:
        return wrong
    if found and who is None:
        wrong.append("there are advisories, and no publisher.json")
    for year in {path.parent.name for path in found}:
        numbers = [int(ID.match(document["document"]["tracking"]["id"])[2]) for path, document in found.items() if path.parent.name == year]
        if numbers != list(range(1, len(numbers) + 1)):
            wrong.append(f"the numbers of {year} have a gap")
    texts = made(folder)
    for name, text in texts.items():
        if not (folder / name).exists() or (folder / name).read_text() != text:
            wrong.append(f"{name} is not what its documents make: run ./dev advisory index")
    return wrong


def write_index(folder):
    for name, text in made(folder).items():
        (folder / name).write_text(text)


def revise(folder, name, summary, date):
    path = path_of(folder, name)
    if not ID.match(name) or not path.exists():
        raise SystemExit(f"error: there is no advisory {name}")
    document = json.loads(path.read_text())
    tracking = document["document"]["tracking"]
    number = str(len(tracking["revision_history"]) + 1)
    tracking["revision_history"].append({"date": date, "number": number, "summary": summary})
    tracking |= {"version": number, "current_release_date": date}
    return path, document


def save(folder, path, document):
    """Writes it if nothing is wrong with it."""
    if wrong := list(faults(document, path, publisher(folder))):
        raise SystemExit("error: " + "; ".join(wrong))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(as_json(document))
    write_index(folder)
    print(path)


def parse(arguments):
    parser = argparse.ArgumentParser(prog="advisory", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=FOLDER, help=argparse.SUPPRESS)
    parser.add_argument("--date", default=now(), help=argparse.SUPPRESS)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, options in {"publisher": ("name", "namespace", "base-url"), "new": ("title", "summary", "affected", "fixed", "cvss", "do"),
                          "revise": ("summary",), "index": (), "check": ()}.items():
        under = verbs.add_parser(verb)
        for option in options:
            under.add_argument(f"--{option}", required=True)
    verbs.choices["new"].add_argument("--cve")
    verbs.choices["new"].add_argument("--cwe")
    verbs.choices["revise"].add_argument("id")
    return parser.parse_args(arguments)


def main(arguments=None):
    given = parse(arguments)
    folder = given.folder
    if given.verb == "publisher":
        for url in (given.namespace, given.base_url):
            if not re.match(r"^https://[^/\s]+(/\S*)?$", url):
                raise SystemExit(f"error: {url} is no https:// address")
        who = {"name": given.name, "namespace": given.namespace, "base_url": given.base_url.rstrip("/"), "since": given.date}
        (folder / "publisher.json").write_text(as_json(who))
        write_index(folder)
    elif given.verb == "new":
        try:
            document = draft(folder, given, given.date)
        except ValueError as why:
            raise SystemExit(f"error: {why}") from why
        save(folder, path_of(folder, document["document"]["tracking"]["id"]), document)
    elif given.verb == "revise":
        save(folder, *revise(folder, given.id, given.summary, given.date))
    elif given.verb == "index":
        write_index(folder)
    elif wrong := check(folder):
        raise SystemExit("\n".join(wrong))


if __name__ == "__main__":
    main()
