#!/usr/bin/env python3
"""The slow checks, one after the other: `./dev full`.

With --slice N --minutes M it starts at check N (modulo their number) and begins no further one
after M minutes, so that successive commits together run them all. It says what it ran and what
it left out; a check that was left out is never reported as passed.
"""
import argparse
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def shell(script, **environment):
    exports = " ".join(f"{name}={value}" for name, value in environment.items())
    return ["bash", "-ceu", f". tools/lib.sh; ensure_node; {('export ' + exports + ';') if exports else ''} {script}"]


def fuzzers():
    return sorted(path.stem for path in (ROOT / "src").rglob("*_fuzz.cc"))


def tidy(component):
    return shell("[ -f build/clang/compile_commands.json ] || cmake --preset clang >/dev/null; "
                 # Tests are built with the same warnings and run under three sanitizers; this is for what ships.
                 f"git ls-files 'src/{component}/*.cc' ':!*_test.cc' ':!*/testing/*' | xargs -r -P $(jobs) -n 1 clang-tidy-14 --quiet -p build/clang")


def checks():
    """Every slow check: (name, seconds it is expected to take, command)."""
    yield "clang -Wthread-safety", 420, shell("build clang")
    yield "thread sanitizer", 480, shell("build tsan; ctest --preset tsan -j $(jobs)")
    yield "100 kills under load", 300, shell("build_web; build release; cd tests/e2e; "
                                             "[ -d node_modules ] || npm ci --ignore-scripts --loglevel=error; "
                                             "node --test kill.test.mjs", FASTNESS_KILLS=100)
    for component in sorted(p.name for p in (ROOT / "src").iterdir() if p.is_dir()):
        yield f"clang-tidy {component}", 90, tidy(component)
    for fuzzer in fuzzers():
        yield f"fuzz {fuzzer}", 90, ["./dev", "fuzz", fuzzer, "60"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--slice", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=float("inf"))
    options = parser.parse_args()

    every = list(checks())
    start = options.slice % len(every)
    order = every[start:] + every[:start]
    begun = time.monotonic()
    ran, failed, skipped = [], [], []
    for name, seconds, command in order:
        left = options.minutes * 60 - (time.monotonic() - begun)
        if seconds > left:
            skipped.append(name)
            continue
        print(f"== {name}", flush=True)
        code = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL).returncode
        (ran if code == 0 else failed).append(name)
    print("ran: " + (", ".join(ran) or "nothing"))
    print("not run this time: " + (", ".join(skipped) or "nothing"))
    print("failed: " + (", ".join(failed) or "nothing"))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
