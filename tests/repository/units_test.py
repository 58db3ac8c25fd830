"""packaging/systemd: what the units forbid, as systemd counts it, and that what our programs need is not among it."""
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
UNITS = ROOT / "packaging/systemd"
UNIT = (UNITS / "fastness.service").read_text()
# Tenths. The first is what we promise; the last one starts as root, and says so.
MOST = {None: 15, "low-ports": 15, "passphrase": 15, "own-users": 25}
# What our own filters allow and the unit refuses: hints about priority, which nothing depends on.
REFUSED_HINTS = {"ioprio_set", "sched_setaffinity", "sched_setscheduler"}


def with_example(name):
    return UNIT if name is None else UNIT + (UNITS / f"examples/{name}.conf").read_text()


def analyze(*arguments):
    return subprocess.run(["systemd-analyze", "--no-pager", *arguments], capture_output=True, text=True)


def security(text, threshold):
    """Whether its exposure is at most that many tenths, and the report."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "fastness.service")
        path.write_text(text)
        done = analyze("security", "--offline=yes", f"--threshold={threshold}", path)
        return done.returncode == 0 and "Overall exposure" in done.stdout, done.stdout + done.stderr


def values(text, key):
    return re.findall(rf"^{key}=(.*)$", text, re.MULTILINE)


def call_sets():
    """systemd's names for groups of system calls, each with the calls in it."""
    sets, current = {}, None
    for line in analyze("syscall-filter").stdout.splitlines():
        if line.startswith("@"):
            current = sets.setdefault(line.strip(), set())
        elif line.startswith("    ") and current is not None and not line.strip().startswith("#"):
            current.add(line.strip())
        elif not line.startswith(" "):
            current = None
    return sets


def expand(names, sets):
    found = set()
    for name in names:
        found |= expand(sets[name], sets) if name.startswith("@") else {name}
    return found


def permitted(text):
    """The calls that the unit's filters leave, read from first to last as systemd does; no call is in none."""
    sets = call_sets()
    allowed = expand(["@default"], sets)
    for value in values(text, "SystemCallFilter"):
        names = expand(value.removeprefix("~").split(), sets)
        allowed = allowed - names if value.startswith("~") else allowed | names
    return allowed


def calls_in(array):
    source = (ROOT / "src/os/confinement/seccomp_rules.cc").read_text()
    body = re.search(rf"{array}\[\] = \{{(.*?)\}};", source, re.DOTALL)[1]
    return set(re.findall(r'"(\w+)"', body))


@unittest.skipUnless(shutil.which("systemd-analyze"), "no systemd on this machine")
class Measured(unittest.TestCase):
    def test_every_unit_is_as_tight_as_we_say(self):
        for name, most in MOST.items():
            with self.subTest(name):
                tight, report = security(with_example(name), most)
                self.assertTrue(tight, report)

    def test_a_looser_unit_is_found_out(self):
        for line in ("User=root\nCapabilityBoundingSet=~", "PrivateUsers=no\nProtectSystem=no\nProtectHome=no\nPrivateTmp=no", "SystemCallFilter=", "NoNewPrivileges=no\nRestrictNamespaces=no"):
            with self.subTest(line):
                self.assertFalse(security(f"{UNIT}\n[Service]\n{line}\n", 15)[0])

    def test_the_filter_lets_our_programs_live(self):
        allowed = permitted(UNIT)
        needed = set().union(*map(calls_in, ("kEveryProcess", "kOpenSockets", "kConnections")))
        self.assertEqual(needed - allowed, REFUSED_HINTS)
        # fastnessd's own: starting, watching and ending children, and the sandboxes of all.
        self.assertEqual({"execve", "clone", "clone3", "wait4", "waitid", "kill", "pidfd_open", "prctl", "capget", "capset", "prlimit64",
                          "seccomp", "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self", "memfd_create",
                          "mmap", "mprotect", "socket", "socketpair"} - allowed, set())

    def test_the_filter_refuses_what_nobody_may(self):
        for name in (None, "own-users"):
            with self.subTest(name):
                self.assertEqual(calls_in("kNobody") & permitted(with_example(name)), set(),
                                 "a process of ours may not, so the unit need not allow it")


class Written(unittest.TestCase):
    def test_nothing_secret_is_in_a_unit(self):
        for path in [*UNITS.glob("*.service"), *UNITS.glob("examples/*")]:
            text = "\n".join(line for line in path.read_text().splitlines() if not line.startswith("#"))
            with self.subTest(path.name):
                self.assertEqual(values(text, "Environment") + values(text, "EnvironmentFile") + values(text, "SetCredential"), [])

    def test_there_is_time_to_start_and_to_drain(self):
        header = (ROOT / "src/supervisor/supervisor.h").read_text()
        start, drain = (int(re.search(rf"{name}\{{(\d+)'000\}}", header)[1]) for name in ("start_deadline", "drain_deadline"))
        drain += int(re.search(r"\*\*`gateway.drain_seconds`\*\* = `(\d+)`", (ROOT / "docs/configuration.md").read_text())[1])
        self.assertGreater(int(values(UNIT, "TimeoutStartSec")[0].removesuffix("s")), start)
        self.assertGreater(60 * int(values(UNIT, "TimeoutStopSec")[0].removesuffix("min")), 2 * drain, "the hub drains, then the vault ends")

    def test_whoever_may_become_others_is_in_an_example_only(self):
        self.assertEqual(values(UNIT, "CapabilityBoundingSet"), [""])
        self.assertEqual(values(UNIT, "User"), ["fastness"])
        self.assertEqual(values(UNIT, "NoNewPrivileges"), ["yes"])


if __name__ == "__main__":
    unittest.main()
