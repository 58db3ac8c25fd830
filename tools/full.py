#!/usr/bin/env python3
"""The slow checks, one after the other: `./dev full`.

With --slice N --minutes M it starts at check N (modulo their number), begins none that is expected
to take longer than what is left of M minutes, and stops the one that does all the same: successive
commits together run them all. It says what it ran and what not; a check that was left out or
stopped is never reported as passed. --fuzz-seconds S gives each fuzzer S seconds instead of 60, and
--only WORD runs the checks whose name has that word in it.
"""
import argparse
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Components that the ordinary presets do not build: the build with a firewall has its own check.
OPTIONAL = {"waf"}

# What people, boards and clients do all day, which a firewall must not refuse.
ORDINARY = "console.test.mjs arduino-client.test.mjs est.test.mjs claims.test.mjs people.test.mjs incident.test.mjs"


def shell(script, **environment):
    exports = " ".join(f"{name}={value}" for name, value in environment.items())
    return ["bash", "-ceu", f". tools/lib.sh; ensure_node; {('export ' + exports + ';') if exports else ''} {script}"]


def fuzzers():
    return sorted(path.stem for path in (ROOT / "src").rglob("*_fuzz.cc"))


def components():
    return sorted(path.name for path in (ROOT / "src").iterdir() if path.is_dir())


def shipped(folder):
    """The sources of a folder that end up in a program."""
    return [str(path.relative_to(ROOT)) for path in sorted((ROOT / folder).rglob("*.cc"))
            if not path.stem.endswith(("_test", "_fuzz")) and "testing" not in path.parts]


def tidy(files):
    # Tests are built with the same warnings and run under three sanitizers; this is for what ships.
    return shell("build clang generate_api; "  # configures, and makes the headers that are made
                 f"printf '%s\\n' {' '.join(files)} | xargs -P $(jobs) -n 1 clang-tidy-14 --quiet -p build/clang")


def checks(fuzz_seconds):
    """Every slow check: (name, seconds it is expected to take, command)."""
    yield "clang -Wthread-safety", 420, shell("build clang")
    yield "100 kills under load", 600, shell("build_web; install_e2e; build release programs; cd tests/e2e; "
                                             "node --test --test-concurrency=1 kill.test.mjs exactly-once.test.mjs",
                                             FASTNESS_KILLS=100)
    yield "the release, built twice", 4200, shell("python3 tools/reproduce.py")
    yield "the build with ModSecurity", 2700, shell(
        "tools/setup.sh modsecurity; build_web; install_e2e; build modsecurity programs config_test http_server_test waf_test; "
        "ctest --preset modsecurity --no-tests=error -L '^(config|http_server|waf)$'; "
        "cd tests/e2e; export FASTNESS_BIN=$PWD/../../build/modsecurity/bin; node --test firewall/*.test.mjs; "
        f"FASTNESS_WAF__RULES_FILE=$PWD/../../packaging/waf/fastness.conf node --test --test-concurrency=1 {ORDINARY}")
    for component in components():
        if component not in OPTIONAL and list((ROOT / "src" / component).rglob("*_test.cc")):
            yield f"thread sanitizer {component}", 240, shell(
                f"build tsan {component}_test; ctest --preset tsan -j $(jobs) --no-tests=error -L '^{component}$'")
    for folder in [f"src/{component}" for component in components() if component not in OPTIONAL] + ["apps"]:
        if files := shipped(folder):
            yield f"clang-tidy {folder}", 10 * len(files), tidy(files)
    names = fuzzers()
    for pair in (names[i:i + 2] for i in range(0, len(names), 2)):
        yield f"fuzz {' and '.join(pair)}", 60 + fuzz_seconds, shell(
            f"build fuzz {' '.join(pair)}; printf '%s\\n' {' '.join(pair)} | "
            f"xargs -P $(jobs) -I NAME bash -ceu '. tools/lib.sh; run_fuzzer NAME {fuzz_seconds}'")


def run(command, seconds):
    """Its exit code; None if it was stopped because it took longer than `seconds`."""
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--slice", type=int, default=0)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--fuzz-seconds", type=int, default=60)
    parser.add_argument("--only", default="")
    options = parser.parse_args()

    every = [check for check in checks(options.fuzz_seconds) if options.only in check[0]]
    if not every:
        parser.error(f"no check has '{options.only}' in its name")
    start = options.slice % len(every)
    begun = time.monotonic()
    ran, failed, skipped = [], [], []
    for name, expected, command in every[start:] + every[:start]:
        left = options.minutes * 60 - (time.monotonic() - begun) if options.minutes else None
        if left is not None and expected > left:
            skipped.append(name)
            continue
        print(f"== {name}", flush=True)
        code = run(command, left)
        if code is None:
            skipped.append(f"{name} (stopped)")
        else:
            (ran if code == 0 else failed).append(name)
    print("ran: " + (", ".join(ran) or "nothing"))
    print("not run this time: " + (", ".join(skipped) or "nothing"))
    print("failed: " + (", ".join(failed) or "nothing"))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
