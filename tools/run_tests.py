#!/usr/bin/env python3
"""Builds and runs the parts of the test suite, and counts what they ran.

Each part is a build step, a test command, and how to read the command's own count. A part whose
build or command fails counts as one failure more, so that a crash can never look like success.
"""
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def shell(script):
    return ["bash", "-ceu", f". tools/lib.sh; ensure_node; {script}"]


def ctest_count(text):
    """The tests of each process by their own count; a process that died counts as one failure."""
    def total(word):
        return sum(int(n) for n in re.findall(rf"^\d+: \[  {word}\s*\] (\d+) tests?[.,]", text, re.M))
    dead = re.search(r"(\d+) tests failed out of", text)
    failed = max(total("FAILED"), int(dead[1]) if dead else 0)
    return total("PASSED"), failed, total("SKIPPED")


def node_count(text):
    def last(word):
        found = re.findall(rf"^(?:#|ℹ) {word} (\d+)", text, re.M)
        return int(found[-1]) if found else 0
    return last("pass"), last("fail") + last("cancelled"), last("skipped") + last("todo")


def vitest_count(text):
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    line = re.search(r"^\s*Tests\s+(.*)$", plain, re.M)
    def number(word):
        found = re.search(rf"(\d+) {word}", line[1]) if line else None
        return int(found[1]) if found else 0
    return number("passed"), number("failed"), number("skipped")


def unittest_count(text):
    ran = re.search(r"^Ran (\d+) tests?", text, re.M)
    failed = sum(int(n) for n in re.findall(r"(?:failures|errors)=(\d+)", text))
    skipped = sum(int(n) for n in re.findall(r"skipped=(\d+)", text))
    return (int(ran[1]) - failed - skipped if ran else 0), failed, skipped


PARTS = {
    "repository": (shell("build dev fastness"), ["python3", "-m", "unittest", "discover", "-s", "tests/repository", "-p", "*_test.py"],
                   unittest_count),
    "web": (shell("build_web"), shell("cd web && npm run --silent test"), vitest_count),
    "unit": (shell("build dev"), shell("ctest --preset dev -j $(jobs) -V --no-label-summary"), ctest_count),
    "e2e": (shell("build_web; install_e2e; build release programs"),
            shell("cd tests/e2e && node --test --test-reporter=spec --test-timeout=600000 --test-concurrency=1 *.test.mjs"),
            node_count),
}


def run(command):
    """Runs it, showing its output as it comes. Returns (exit code, output)."""
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               stdin=subprocess.DEVNULL, text=True, errors="replace")
    lines = []
    for line in process.stdout:
        sys.stdout.write(line)
        sys.stdout.flush()
        lines.append(line)
    return process.wait(), "".join(lines)


def run_part(name):
    build, command, count = PARTS[name]
    print(f"== {name}", flush=True)
    start = time.monotonic()
    if build:
        code, _ = run(build)
        if code != 0:
            print(f"== {name}: the build failed")
            return 0, 1, 0
    code, text = run(command)
    passed, failed, skipped = count(text)
    if code != 0 and failed == 0:
        failed = 1
    if passed + failed == 0:
        print(f"== {name}: no test ran")
        failed = 1
    print(f"== {name}: {passed} passed, {failed} failed, {skipped} skipped "
          f"in {time.monotonic() - start:.0f} s", flush=True)
    return passed, failed, skipped


def main():
    names = sys.argv[1:] or list(PARTS)
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        sys.exit(f"no such part: {unknown[0]} (there are: {', '.join(PARTS)})")
    totals = [sum(column) for column in zip(*(run_part(name) for name in names))]
    print(f"{totals[0]} passed, {totals[1]} failed, {totals[2]} skipped")
    sys.exit(1 if totals[1] else 0)


if __name__ == "__main__":
    main()
