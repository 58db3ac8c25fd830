#!/usr/bin/env python3
"""A signed release: `./dev release KEY` or `sign_release.py KEY [--package FILE] [--out DIR] [--check]`.

Puts the Debian package, the source archive and the bill of materials of the commit that is checked out into DIR (build/release-VERSION),
with their SHA256SUMS, and signs these by ssh-keygen. KEY is the releaser's key file: a private key, the handle of one in a security
key, or the public half of one that an agent has. ssh-keygen asks for what opens it; nothing here reads it. The result is verified as
a user would, so a key that packaging/release/release-signers does not name makes no release. --check only says whether tree and key
are such that one could be made.
"""
import argparse
import hashlib
import lzma
import shutil
import subprocess
from pathlib import Path

import release
import sbom
from release import ROOT

SIGNERS = ROOT / "packaging/release/release-signers"
VERIFY = ROOT / "packaging/release/verify-release"
NAMESPACE = "fastness-release"
SUMS = "SHA256SUMS"


def refuse(why):
    raise SystemExit(f"error: {why}")


def check_tree():
    """A release is a commit: what is not in one cannot be built again by anybody."""
    if not release.commit():
        refuse("this is no checkout of git")
    if release.git("status", "--porcelain"):
        refuse("there are changes that are in no commit: a release is of a commit")


def check_key(key):
    """That it is there, and not where it would be published with the sources."""
    if not key.is_file():
        refuse(f"{key} is not there")
    if key.resolve().is_relative_to(ROOT):
        refuse(f"{key} is in the repository: keep a key where nothing is built and nothing is published")


def write_source(path):
    """The files of the commit, as git has them. The same commit makes the same bytes with the same liblzma."""
    prefix = f"fastness-{release.version()}/"
    archive = subprocess.run(["git", "-C", ROOT, "archive", "--format=tar", f"--prefix={prefix}", "HEAD"], check=True, stdout=subprocess.PIPE)
    path.write_bytes(lzma.compress(archive.stdout, preset=1))  # a quarter larger than the best, and eight times as quick


def write_sums(folder, names):
    lines = (f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in sorted(names))
    (folder / SUMS).write_text("".join(lines))


def sign(folder, key):
    """SHA256SUMS.sig. Whatever key there is asks for itself: a passphrase at the terminal, a touch of a security key."""
    (folder / f"{SUMS}.sig").unlink(missing_ok=True)
    if subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-n", NAMESPACE, "-f", key, folder / SUMS]).returncode != 0:
        refuse(f"ssh-keygen does not sign with {key}")


def verify(folder, signers):
    """As a user does; that another version is installed here is no matter."""
    done = subprocess.run(["sh", VERIFY, "--signers", signers, "--older", folder], capture_output=True, text=True)
    if done.returncode != 0:
        refuse(f"the release does not verify, and was not made: {done.stderr.strip()}")
    return done.stdout.strip()


def check_out(out):
    """That nothing is lost when it is emptied but an earlier release."""
    if out.exists() and any(out.iterdir()) and not (out / SUMS).is_file():
        refuse(f"{out} has something else in it than a release: name another folder, or one that is not there")


def make(key, package, out, signers=SIGNERS):
    """Makes the release in `out`, which is emptied before and removed if anything fails. Returns what verify-release says of it."""
    check_key(key)
    check_out(out)
    version = release.version()
    if not package.is_file() or not package.name.startswith(f"fastness_{version}_"):
        refuse(f"{package} is no package of version {version}: ./dev package makes it")
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    try:
        names = [package.name, f"fastness-{version}.tar.xz", f"fastness_{version}.cdx.json"]
        shutil.copyfile(package, out / package.name)
        write_source(out / names[1])
        (out / names[2]).write_text(sbom.text())
        write_sums(out, names)
        sign(out, key)
        return verify(out, signers)
    except BaseException:
        shutil.rmtree(out)
        raise


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("key", type=Path)
    parser.add_argument("--package", type=Path)
    parser.add_argument("--out", type=Path, default=ROOT / f"build/release-{release.version()}")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    check_tree()
    check_key(options.key)
    if options.check:
        return
    packages = [options.package] if options.package else sorted((ROOT / "build").glob(f"fastness_{release.version()}_*.deb"))
    if len(packages) != 1:
        refuse("there is not one package in build/: ./dev package makes it")
    print(make(options.key, packages[0], options.out))
    print(options.out)


if __name__ == "__main__":
    main()
