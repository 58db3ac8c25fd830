#!/usr/bin/env python3
"""Turns the built console into one C++ source: `embed_console.py DIST OUT`.

Every file of DIST is compressed once (gzip, brotli) and laid into the program's read-only data;
OUT/console_assets.cc lists them. A form that saves less than a tenth is left out.
"""
import gzip
import hashlib
import subprocess
import sys
from pathlib import Path

HEAD = """// Made by tools/embed_console.py.
#include "console_assets.h"

#include <array>

"""

TAIL = """
namespace fastness::hub {{

http_server::Assets console_assets() {{
  static const std::array<http_server::Asset, {count}> kFiles{{{{
{rows}
  }}}};
  return http_server::Assets(kFiles);
}}

}}  // namespace fastness::hub
"""


def brotli(content):
    return subprocess.run(["brotli", "--stdout", "--quality=11", "-"], input=content, check=True,
                          capture_output=True).stdout


def forms(content):
    """The file as it is, then compressed; None where that is not worth it."""
    smaller = [gzip.compress(content, 9, mtime=0), brotli(content)]
    return [content] + [form if len(form) < len(content) * 0.9 else None for form in smaller]


def blob(out, symbol, content):
    """Writes the bytes beside the source and returns the assembly that includes them."""
    path = out / f"{symbol}.bin"
    path.write_bytes(content)
    return (f'asm(".section .rodata\\n.balign 16\\n{symbol}:\\n.incbin \\"{path}\\"\\n.previous\\n");\n'
            f'extern "C" const char {symbol}[];\n')


def view(symbol, content):
    return f"{{{symbol}, {len(content)}}}" if content is not None else "{}"


def main():
    dist, out = Path(sys.argv[1]), Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    source, rows = HEAD, []
    for number, path in enumerate(sorted(p for p in dist.rglob("*") if p.is_file())):
        content = path.read_bytes()
        etag = hashlib.sha256(content).hexdigest()[:32]
        views = []
        for kind, form in zip(("plain", "gzip", "brotli"), forms(content)):
            symbol = f"fastness_console_{number}_{kind}"
            if form is not None:
                source += blob(out, symbol, form)
            views.append(view(symbol, form))
        rows.append(f'      {{"/{path.relative_to(dist).as_posix()}", "\\"{etag}\\"", {", ".join(views)}}},')
    (out / "console_assets.cc").write_text(source + TAIL.format(count=len(rows), rows="\n".join(rows)))


if __name__ == "__main__":
    main()
