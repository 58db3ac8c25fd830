#!/usr/bin/env python3
"""Fails if a file includes a component that src/LAYERS does not grant it.

A header may include only what stands left of the '|'; a .cc file may include either side; a test
or fuzz target may also include any component's testing/ headers. Third-party headers named in
GUARDED are held to the same rule, so that each C library has one component which wraps it.
Coroutines stay in the folders named in ASYNC, and only apps/vault links the vault.
"""
import re
import sys
from pathlib import Path

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^">]+)[">]')
GUARDED = {
    "openssl/": "openssl",
    "sodium": "sodium",
    "zxcvbn": "zxcvbn",
    "libgfshare": "gfshare",
    "seccomp.h": "seccomp",
    "spdlog/": "spdlog",
    "toml": "toml",
    "CLI/": "cli11",
    "sqlite3.h": "sqlite",
    "rocksdb/": "rocksdb",
    "boost/asio": "asio",
    "boost/beast": "beast",
    "boost/json": "boost_json",
    "boost/unordered": "boost_unordered",
    "p11-kit/": "pkcs11",
    "qrencode.h": "qrencode",
    "curl/": "curl",
    "fido.h": "fido2",
    "fido/": "fido2",
    "maxminddb": "maxminddb",
    "modsecurity/": "modsecurity",
}
ASYNC = {"http_server"}


def component_of(header, layers):
    """The name LAYERS knows this header by, or None if it knows it not."""
    if header.split("/")[0] in layers:
        return header.split("/")[0]
    return next((name for prefix, name in GUARDED.items() if header.startswith(prefix)), None)


def read_layers(path):
    layers = {}
    for line in path.read_text().splitlines():
        line = line.split("#")[0].strip()
        if not line:
            continue
        name, _, deps = line.partition(":")
        public, _, private = deps.partition("|")
        layers[name.strip()] = (set(public.split()), set(private.split()))
    return layers


def reachable(name, layers, seen):
    """Every component that `name` may use, directly or through the headers of another."""
    if name in seen or name not in layers:
        return
    seen.add(name)
    for dep in layers[name][0] | layers[name][1]:
        reachable(dep, layers, seen)


def sources(directory):
    return sorted(directory.rglob("*.h")) + sorted(directory.rglob("*.cc"))


def component_violations(src, layers):
    for directory in sorted(p for p in src.iterdir() if p.is_dir()):
        if directory.name not in layers:
            yield f"{directory.name}/: no line in LAYERS"
            continue
        public, private = layers[directory.name]
        for file in sources(directory):
            is_test = file.stem.endswith(("_test", "_fuzz"))
            allowed = {directory.name} | public | (set() if file.suffix == ".h" else private)
            text = file.read_text()
            if "awaitable" in text and directory.name not in ASYNC:
                yield f"{file.relative_to(src)}: coroutines are for {' '.join(sorted(ASYNC))} only"
            for number, line in enumerate(text.splitlines(), 1):
                match = INCLUDE.match(line)
                used = component_of(match[1], layers) if match else None
                if not used or (is_test and "/testing/" in match[1]):
                    continue
                for_tests_only = "/testing/" in match[1] and "testing" not in file.parts
                if used not in allowed or for_tests_only:
                    yield f"{file.relative_to(src)}:{number}: may not include {match[1]}"


def app_violations(apps, layers):
    for directory in sorted(p for p in apps.iterdir() if p.is_dir()):
        for file in sources(directory):
            for number, line in enumerate(file.read_text().splitlines(), 1):
                match = INCLUDE.match(line)
                used = match and match[1].split("/")[0]
                if used == "vault" and directory.name != "vault":
                    yield f"{file.relative_to(apps)}:{number}: only apps/vault may link the vault"


def violations(root):
    src = root / "src"
    layers = read_layers(src / "LAYERS")
    seen = set()
    for name, (public, private) in layers.items():
        for dep in (public | private) & layers.keys() - seen:
            yield f"LAYERS: {name} depends on {dep}, which is not above it"
        seen.add(name)
    for name in layers.keys() - {"vault"}:
        reached = set()
        reachable(name, layers, reached)
        if "vault" in reached:
            yield f"LAYERS: {name} reaches the vault"
    vault = set()
    reachable("vault", layers, vault)
    for forbidden in ("http", "mqtt", "storage", "api", "gateway", "tls", "net"):
        if forbidden in vault:
            yield f"LAYERS: the vault reaches {forbidden}"
    yield from component_violations(src, layers)
    yield from app_violations(root / "apps", layers)


def main():
    found = list(violations(Path(sys.argv[1])))
    print("\n".join(found) or "layers: ok")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
