#!/usr/bin/env python3
"""Builds the commit that is checked out twice, and says whether both have the same bytes: `./dev reproduce [--keep]`.

The two builds are from the sources, without the compiler's cache, in folders whose names differ in length, and with another umask,
time zone, language and number of compilers at once. Programs, console and Debian package are compared. About an hour on two cores.
--keep leaves both folders, as a difference does.
"""
import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import release
from release import ROOT

PLACE = ROOT / "build/reproduce"
# (folder, what is different there, umask)
BUILDS = (("one", {"TZ": "UTC", "LC_ALL": "C.UTF-8"}, 0o022),
          ("another/of-a-longer-name", {"TZ": "Asia/Kathmandu", "LC_ALL": "C", "FASTNESS_JOBS": "1"}, 0o077))
RESULTS = ("build/release/bin/*", "web/dist/**/*", "build/*.deb")
SCRIPT = """
. tools/lib.sh
tools/setup.sh build
ensure_node
build_web
cmake --preset release >/dev/null
cmake --build --preset release -j "${FASTNESS_JOBS:-$(jobs)}" >build/log
tools/package.py >/dev/null
"""


def unpack(folder):
    folder.mkdir(parents=True)
    archive = subprocess.Popen(["git", "-C", ROOT, "archive", "HEAD"], stdout=subprocess.PIPE)
    subprocess.run(["tar", "-x", "-C", folder], stdin=archive.stdout, check=True)
    if archive.wait() != 0:
        raise SystemExit("error: git archive failed")


def build(folder, differences, umask):
    environment = {**os.environ, **differences, "CCACHE_DISABLE": "1", "SOURCE_DATE_EPOCH": str(release.epoch()),
                   "RELEASE_COMMIT": release.commit()}
    subprocess.run(["bash", "-ceu", SCRIPT], cwd=folder, env=environment, check=True, preexec_fn=lambda: os.umask(umask))


def digests(folder):
    """SHA-256 of every result, by its path in the folder."""
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for pattern in RESULTS for path in sorted(folder.glob(pattern)) if path.is_file()}


def compare(first, second):
    """The paths that are not the same in both, or only in one."""
    return sorted(path for path in first.keys() | second.keys() if first.get(path) != second.get(path))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    shutil.rmtree(PLACE, ignore_errors=True)
    found = []
    for name, differences, umask in BUILDS:
        folder = PLACE / name
        unpack(folder)
        print(f"== building {release.commit()[:12]} in {folder}", flush=True)
        build(folder, differences, umask)
        found.append(digests(folder))
    different = compare(*found)
    for path in sorted(found[0].keys() | found[1].keys()):
        print(("different" if path in different else found[0][path]), path)
    if different or len(found[0]) < 6:
        print(f"{len(different)} of {len(found[0])} differ; both are in {PLACE}")
        sys.exit(1)
    print(f"all {len(found[0])} are the same, twice")
    if not options.keep:
        shutil.rmtree(PLACE)


if __name__ == "__main__":
    main()
