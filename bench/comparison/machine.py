"""What the kernel says of processes, and waiting for it to say something."""
import os
import resource
import socket
import time
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")


def cpu_seconds(pid):
    """User and system time of a process, all threads, in the scheduler's nanoseconds."""
    return time.clock_gettime((~pid << 3) | 2)  # its CPU clock, see clock_getcpuclockid(3)


def resident_bytes(pid):
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE


def run_before_others(pid):
    """What it has to do it does at once, whatever else wants its core. False where we may not say so."""
    try:
        os.sched_setscheduler(pid, os.SCHED_FIFO, os.sched_param(1))
    except PermissionError:
        return False
    return True


def family(pid):
    """A process and those it started."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue  # it ended
    found = [pid]
    for member in found:
        found += [child for child, parent in parents.items() if parent == member]
    return found


def settled(read, seconds=60, quiet=12):
    """The value of `read()` once it has not fallen for so long: what is given back late counts."""
    lowest, since = read(), time.monotonic()
    end = since + seconds
    while time.monotonic() < min(end, since + quiet):
        time.sleep(0.2)
        value = read()
        if value < lowest:
            lowest, since = value, time.monotonic()
    return lowest


def pin(pid, cores):
    """Keeps all threads of a process on these cores, as far as the machine has them."""
    there = set(cores) & set(range(os.cpu_count()))
    if os.cpu_count() > 1 and there:
        for task in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(task.name), there)


def of_cores(cores):
    """What a name says of more than one core."""
    return f", {len(cores)} cores" if len(cores) > 1 else ""


def raise_descriptor_limit():
    """To what the machine allows; those we start inherit it. Returns it."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(probe, what, process, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            raise SystemExit(f"the process ended with {process.returncode} before it had {what}")
        try:
            return probe()
        except (OSError, ValueError):
            time.sleep(0.05)
    raise SystemExit(f"waited {seconds} s for {what}")


def wait_for_port(port, process):
    wait_for(lambda: socket.create_connection(("127.0.0.1", port), 1).close(), f"port {port}", process)
