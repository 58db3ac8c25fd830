#!/usr/bin/env python3
"""The Debian package: `package.py [--programs DIR] [--out DIR]` writes OUT/fastness_VERSION_ARCH.deb and prints its SHA-256.

The same programs make the same bytes: names are sorted, times are the commit's, owners are root, modes are written here. It holds
nothing that its reader could not have from the repository and the build.
"""
import argparse
import gzip
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import release
import sbom
from release import ROOT

PACKAGING = ROOT / "packaging"
# All in one folder: fastnessd starts what is beside it.
PROGRAMS = ("fastnessd", "fastness-vault", "fastness-hub", "fastness-backup", "fastness")
COMMANDS = ("fastnessd", "fastness")
DOCUMENTS = ("README.md", "SECURITY.md", "docs/*.md", "docs/security/*.md", "docs/security/*.json")
DESCRIPTION = """self-hosted, secure IoT cloud
 Your own IoT cloud, on your own machine: boards hold their own keys, an authority
 that you own signs them, every connection is mutual TLS, and what they measure is
 readable by you alone. Sketches and clients written for Arduino Cloud connect
 unmodified, but for the host name and the trust anchors."""


def run(*command, **options):
    return subprocess.run([str(word) for word in command], check=True, **options)


def install(source, target):
    """A copy, which is a program if its source is one: `settle` sets its mode."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def install_programs(tree, programs):
    """Without what only a debugger reads; the build's number stays, which says what they were built from."""
    folder = tree / "usr/lib/fastness"
    folder.mkdir(parents=True)
    for name in PROGRAMS:
        run("strip", "--strip-unneeded", "-o", folder / name, programs / name)
    (tree / "usr/bin").mkdir()
    for name in COMMANDS:
        (tree / "usr/bin" / name).symlink_to(f"../lib/fastness/{name}")


def licences(third_party):
    """The text of every licence that asks to go along with what is compiled in, as it came to this machine."""
    for row in sbom.linked():
        for package in sbom.debian_packages(row)[:1]:
            yield f"{row['what']} (Debian's {package})", Path("/usr/share/doc", package, "copyright").read_text(errors="replace")
    yield "SQLite3MultipleCiphers and SQLite", (third_party / "sqlite3mc/LICENSE").read_text()


def install_documents(tree, console, third_party):
    documents = tree / "usr/share/doc/fastness"
    for pattern in DOCUMENTS:
        for path in sorted(ROOT.glob(pattern)):
            below = path.relative_to(ROOT)
            install(path, documents / (below.relative_to("docs") if below.parts[0] == "docs" else below))
    install(PACKAGING / "debian/copyright", documents / "copyright")
    install(console / "licences.txt", documents / "console-licences.txt")
    write(documents / "library-licences.txt", f"\n\n{'-' * 72}\n\n".join(f"{what}\n\n{text.strip()}" for what, text in licences(third_party)) + "\n")
    for path in sorted((PACKAGING / "systemd/examples").iterdir()):
        install(path, documents / "examples" / path.name)
    for path in sorted((PACKAGING / "man").iterdir()):
        write(tree / f"usr/share/man/man{path.suffix[1:]}/{path.name}.gz", gzip.compress(path.read_bytes(), 9, mtime=0))


def install_system_files(tree):
    install(PACKAGING / "systemd/fastness.service", tree / "usr/lib/systemd/system/fastness.service")
    install(PACKAGING / "debian/fastness.sysusers", tree / "usr/lib/sysusers.d/fastness.conf")
    install(PACKAGING / "debian/fastness.tmpfiles", tree / "usr/lib/tmpfiles.d/fastness.conf")
    install(PACKAGING / "debian/fastness.toml", tree / "etc/fastness/fastness.toml")
    # Who verified this package has herewith who signs the next.
    for path in sorted((PACKAGING / "release").iterdir()):
        install(path, tree / "usr/share/fastness/release" / path.name)


def libraries(tree):
    """What dpkg-shlibdeps reads from the programs: which Debian packages hold their libraries."""
    (tree.parent / "control").write_text("Source: fastness\n\nPackage: fastness\nArchitecture: any\n")
    programs = [f"-e{path}" for path in sorted((tree / "usr/lib/fastness").iterdir())]
    done = run("dpkg-shlibdeps", "-O", *programs, cwd=tree.parent.parent, stdout=subprocess.PIPE, text=True)
    return re.search(r"^shlibs:Depends=(.*)$", done.stdout, re.MULTILINE)[1]


def architecture():
    return run("dpkg", "--print-architecture", stdout=subprocess.PIPE, text=True).stdout.strip()


def files_of(tree):
    return [path for path in sorted(tree.rglob("*"))
            if path.is_file() and not path.is_symlink() and path.relative_to(tree).parts[0] != "DEBIAN"]


def write_control(tree):
    control = tree / "DEBIAN"
    sizes = sum(path.stat().st_size for path in files_of(tree))
    sums = "".join(f"{hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()}  {path.relative_to(tree)}\n"
                   for path in files_of(tree) if path.relative_to(tree).parts[0] != "etc")
    write(control / "control",
          f"Package: fastness\nVersion: {release.version()}\nArchitecture: {architecture()}\nMaintainer: the authors of Fastness\n"
          f"Installed-Size: {(sizes + 1023) // 1024}\nDepends: {libraries(tree)}, systemd\nRecommends: ca-certificates\n"
          f"Section: net\nPriority: optional\nDescription: {DESCRIPTION}\n")
    write(control / "conffiles", "/etc/fastness/fastness.toml\n")
    write(control / "md5sums", sums)
    for name in ("postinst", "prerm", "postrm"):
        install(PACKAGING / "debian" / name, control / name)


def settle(tree, seconds):
    """Modes that no umask decides, and one time for everything."""
    for path in [tree, *sorted(tree.rglob("*"))]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        os.utime(path, (seconds, seconds), follow_symlinks=False)


def build(programs, console, third_party, out):
    """Packs it and returns the path of the package."""
    for path in [*(programs / name for name in PROGRAMS), console / "licences.txt", third_party / "sqlite3mc/LICENSE"]:
        if not path.is_file():
            raise SystemExit(f"error: {path} is not there: build the release first (./dev package does)")
    seconds = release.epoch()
    out.mkdir(parents=True, exist_ok=True)
    package = out / f"fastness_{release.version()}_{architecture()}.deb"
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder, "debian/fastness")  # as dpkg-shlibdeps expects it
        tree.mkdir(parents=True)
        install_programs(tree, programs)
        install_documents(tree, console, third_party)
        install_system_files(tree)
        write(tree / "usr/share/doc/fastness/sbom.cdx.json", sbom.text())
        (tree / "DEBIAN").mkdir()  # by which dpkg-shlibdeps knows the root of the tree
        write_control(tree)
        settle(tree, seconds)
        # Several threads would cut the compressed data elsewhere.
        run("dpkg-deb", "--root-owner-group", "-Zxz", "--threads-max=1", "--build", tree, package, stdout=subprocess.DEVNULL,
            env={**os.environ, "SOURCE_DATE_EPOCH": str(seconds)})
    return package


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--programs", type=Path, default=ROOT / "build/release/bin")
    parser.add_argument("--console", type=Path, default=ROOT / "web/dist")
    parser.add_argument("--third-party", type=Path, default=ROOT / "build/third-party")
    parser.add_argument("--out", type=Path, default=ROOT / "build")
    options = parser.parse_args()
    package = build(options.programs.resolve(), options.console.resolve(), options.third_party.resolve(), options.out.resolve())
    print(f"{hashlib.sha256(package.read_bytes()).hexdigest()}  {package}")


if __name__ == "__main__":
    main()
