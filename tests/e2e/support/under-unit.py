"""under-unit.py PROGRAM [ARGUMENT...]: runs a program under what packaging/systemd/fastness.service forbids by system calls, and as
a user without any capability if started by root. It stands in for systemd where systemd is not the first process."""
import ctypes
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/repository"))
from units_test import UNIT, permitted, values  # noqa: E402

ALLOW, EPERM = 0x7FFF0000, 0x00050000 | 1
EQUAL, MASKED_EQUAL = 4, 7
PROT_WRITE, PROT_EXEC = 2, 4
FAMILIES = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10}


class Comparison(ctypes.Structure):
    _fields_ = [("argument", ctypes.c_uint), ("operator", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


def rule(library, context, action, name, *comparisons):
    number = library.seccomp_syscall_resolve_name(name.encode())
    if number != -1:  # of another kind of machine, or younger than the library
        library.seccomp_rule_add_array(context, action, number, len(comparisons), (Comparison * len(comparisons))(*comparisons))


def confine():
    library = ctypes.CDLL("libseccomp.so.2")
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_rule_add_array.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint, ctypes.c_void_p]
    library.seccomp_load.argtypes = [ctypes.c_void_p]
    context = library.seccomp_init(EPERM)  # and no new privileges, which loading sets
    for name in permitted(UNIT) - {"socket", "mmap", "mprotect"}:
        rule(library, context, ALLOW, name)
    families = sorted(FAMILIES[name] for name in values(UNIT, "RestrictAddressFamilies")[0].split())
    for family in families:
        rule(library, context, ALLOW, "socket", Comparison(0, EQUAL, family, 0))
    # MemoryDenyWriteExecute: what is written is never run.
    for protection in (0, PROT_WRITE, PROT_EXEC):
        rule(library, context, ALLOW, "mmap", Comparison(2, MASKED_EQUAL, PROT_WRITE | PROT_EXEC, protection))
    rule(library, context, ALLOW, "mprotect", Comparison(2, MASKED_EQUAL, PROT_EXEC, 0))
    if library.seccomp_load(context) != 0:
        raise SystemExit("the filter of the unit cannot be loaded")


def main():
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(65534, 65534, 65534)
        os.setresuid(65534, 65534, 65534)
    os.umask(0o077)
    confine()
    os.execv(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
