#!/usr/bin/env python3
"""docs/security/log-events.md: everything that the programs can write into their log.

    tools/log_events.py           prints the page
    tools/log_events.py --write   writes it

What is written is found in the sources: every call of debug, info, warning or error of a telemetry::Log, with its event and
fields. When it is written is in docs/security/log-events.tsv: logger, event, a sentence.
"""
import re
import sys
from collections import defaultdict
from pathlib import Path

from crypto_inventory import ROOT, program_files, without_comments

PAGE = ROOT / "docs/security/log-events.md"
SENTENCES = ROOT / "docs/security/log-events.tsv"

# Which logger a folder writes to, by its longest prefix here. Wiring names them: tests hold this to it.
LOGGERS = {
    "apps/fastnessd": "fastnessd", "apps/hub": "hub", "apps/vault": "vault", "src/api": "api", "src/audit": "api", "src/client/board": "greenhouse",
    "src/gateway": "gateway", "src/http_server": "http", "src/identity": "identity", "src/journal": "journal", "src/pipeline": "pipeline",
    "src/supervisor": "fastnessd", "src/waf": "waf",
}
CALL = re.compile(r"\b(?:\w*log_?|diary_?)(?:\.|->)(debug|info|warning|error)\(")
# One call with two severities: (log.*write)("request", …), where `write` is &Log::warning or &Log::debug.
POINTED = re.compile(r"\(\w+(?:\.|->)\w*log_?\.\*\w+\)\(")
POINTERS = re.compile(r"&(?:telemetry::)?Log::(debug|info|warning|error)\b")
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')


def arguments(text, start):
    """The text of a call's arguments, from behind its opening parenthesis to the one that closes it."""
    depth, position = 1, start
    pieces = re.compile(r'"(?:[^"\\]|\\.)*"|[()]')
    while depth:
        found = pieces.search(text, position)
        position = found.end()
        depth += {"(": 1, ")": -1}.get(found[0], 0)
    return text[start:position - 1]


def split(call):
    """(the first argument, all that follows it): the event, and the braces with the fields."""
    depth = 0
    for match in re.finditer(r'"(?:[^"\\]|\\.)*"|[(){}\[\],]', call):
        if match[0] == "," and not depth:
            return call[:match.start()], call[match.end():]
        depth += {"(": 1, "{": 1, "[": 1, ")": -1, "}": -1, "]": -1}.get(match[0], 0)
    return call, ""


def events_in(text):
    """Every (event, severities, names of fields, arguments) that a source writes. An event is None if it is no literal."""
    text = without_comments(text)
    calls = [(match.end(), {match[1]}) for match in CALL.finditer(text)]
    calls += [(match.end(), set(POINTERS.findall(text))) for match in POINTED.finditer(text)]
    for start, severities in calls:
        call = arguments(text, start)
        if not call.strip():
            continue  # an accessor of the same name
        first, rest = split(call)
        named = LITERAL.findall(first.rpartition("?")[2])
        whole = re.fullmatch(r"(?:[^\"?]+\?L:)?L", re.sub(r"\s", "", LITERAL.sub("L", first)))
        fields = tuple(re.findall(r'\{\s*"(\w+)"\s*,', rest))
        for event in named if whole else [None]:
            yield event, severities, fields, call


def logger_of(path):
    """The name that lines of a source begin with."""
    name = str(path.relative_to(ROOT))
    fitting = [folder for folder in LOGGERS if name.startswith(folder + "/")]
    return LOGGERS[max(fitting, key=len)] if fitting else None


def catalogue():
    """{(logger, event): (severities, fields)}, and the places whose event cannot be read."""
    found, unread = defaultdict(lambda: (set(), set())), []
    for path in program_files():
        if path.is_relative_to(ROOT / "src/telemetry"):
            continue
        for event, severities, fields, call in events_in(path.read_text()):
            logger = logger_of(path)
            if event is None or logger is None:
                unread.append(f"{path.relative_to(ROOT)}: {call[:60]}")
                continue
            found[logger, event][0].update(severities)
            found[logger, event][1].update(fields)
    return dict(found), unread


def sentences():
    """{(logger, event): when it is written}."""
    rows = [line.split("\t") for line in SENTENCES.read_text().splitlines() if line and not line.startswith("#")]
    return {(logger, event): sentence for logger, event, sentence in rows}


HEAD = """# What the log tells

Everything that the programs can write into their log, made by `tools/log_events.py` from the sources; a test holds this page to them.
The log is for whoever runs the host. What happened to whose things is in the audit trail: [events.md](events.md).

Each line is one event: its time (UTC), `level`, `logger`, `event`, and fields by name, as `key=value` or, with `log.format = "json"`, as
JSON. What a peer chose is escaped, so that it forges no line. **error** is to be looked at now, **warning** tomorrow, **info** is the
course of things, **debug** is for hunting a mistake. An event and its fields keep their names.

No field has a password, a key, a token, a cookie or what proves anybody: the test refuses a field named so, and one whose value is made
from something named so. Commands on a host that is stopped write as `host` what `fastnessd` would; the other names are the parts of
a program. `why`, `error` and `reason` are in words, for people. Before its log is open a program says on standard error what is wrong
with its settings, and ends.

| logger | event | severity | fields | when |
|---|---|---|---|---|
"""


def page():
    found, said = catalogue()[0], sentences()
    rows = [f"| {logger} | `{event}` | {', '.join(sorted(severities))} | {', '.join(f'`{field}`' for field in sorted(fields))} "
            f"| {said.get((logger, event), '')} |\n" for (logger, event), (severities, fields) in sorted(found.items())]
    return HEAD + "".join(rows)


def main():
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(page())
    else:
        sys.stdout.write(page())


if __name__ == "__main__":
    main()
