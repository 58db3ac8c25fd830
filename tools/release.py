"""What a release is called and when it was made: the same for whoever builds the same commit."""
import os
import re
import subprocess
from datetime import datetime, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def git(*arguments):
    """What git says, without its last newline; nothing outside of a repository."""
    done = subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def version():
    return re.search(r"^project\(fastness VERSION ([\d.]+)", (ROOT / "CMakeLists.txt").read_text(), re.MULTILINE)[1]


def commit():
    """The commit that is checked out, or RELEASE_COMMIT for a tree without a repository."""
    return git("rev-parse", "HEAD") or os.environ.get("RELEASE_COMMIT", "")


def epoch():
    """Seconds since 1970 that count as the time of the build: SOURCE_DATE_EPOCH, or the commit's own."""
    given = os.environ.get("SOURCE_DATE_EPOCH") or git("log", "-1", "--format=%ct")
    if not given.isdigit():
        raise SystemExit("error: this is no checkout of git: set SOURCE_DATE_EPOCH to the seconds since 1970 of this version")
    return int(given)


def timestamp(seconds):
    """As RFC 3339 writes it, in UTC."""
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
