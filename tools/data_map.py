#!/usr/bin/env python3
"""Prints the data map of docs/privacy.md, which the components keep in their data_map.h.

Usage: tools/data_map.py            prints the tables
       tools/data_map.py --write    puts them into docs/privacy.md
"""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/privacy.md"
BEGIN = "<!-- Made by tools/data_map.py from src/**/data_map.h. -->\n"
END = "<!-- End of the data map. -->\n"

PROTECTION = {
    "sealed": "sealed; dies with its owner's share",
    "wrapped": "under a key that the vault wraps",
}


def text_of(path, name=r"k\w*DataMap"):
    """The words of each line of the map of that name."""
    found = re.search(rf'\b{name} = R"\(\n(.*?)\)"', (ROOT / path).read_text(), re.DOTALL)
    return [line.split() for line in found[1].splitlines()] if found else []


def columns():
    """(table, column, sensitivity, protection), in the order of the components' names."""
    paths = sorted(path.relative_to(ROOT) for path in ROOT.glob("src/**/data_map.h"))
    rows = [row for path in paths if path.parts[1] != "keys" for row in text_of(path)]
    return [(*row, "")[:4] for row in rows]


def stores():
    """(family or journal, sensitivity, protection)."""
    return [(*row, "")[:3] for row in text_of("src/keys/data_map.h")]


def fields():
    """Field -> column or family, or none."""
    return dict(text_of("src/keys/data_map.h", "kFieldMap"))


def render():
    out = ["| table | personal | secret | internal | open |", "|---|---|---|---|---|"]
    tables = {}
    for table, column, sensitivity, protection in columns():
        note = f" ({protection.replace('_', ' ')})" if protection else ""
        tables.setdefault(table, {}).setdefault(sensitivity, []).append(f"`{column}`{note}")
    for table, by in sorted(tables.items()):
        cells = (", ".join(by.get(each, [])) for each in ("personal", "secret", "internal", "open"))
        out.append(f"| `{table}` | " + " | ".join(cells) + " |")
    holds = {}
    for field, place in fields().items():
        holds.setdefault(place, []).append(f"`{field}`")
    out += ["", "| store | class | what protects it | fields |", "|---|---|---|---|"]
    for name, sensitivity, protection in stores():
        protected = PROTECTION.get(protection, "nothing: it counts bytes by day")
        out.append(f"| `{name}` | {sensitivity} | {protected} | {', '.join(holds.get(name, []))} |")
    return "\n".join(re.sub(r"  +", " ", line) for line in out) + "\n"


def main():
    if "--write" not in sys.argv:
        sys.stdout.write(render())
        return
    before, rest = PAGE.read_text().split(BEGIN)
    PAGE.write_text(before + BEGIN + "\n" + render() + "\n" + END + rest.split(END)[1])


if __name__ == "__main__":
    main()
