#!/usr/bin/env python3
"""docs/access.md: who may do what, made from api/openapi.yaml and src/accounts/people/role.h.

    tools/access_table.py           prints the page
    tools/access_table.py --write   writes it

What decides is the policy table (src/api/access); tests of `api` say that it and the file are one.
"""
import re
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/access.md"
ROLES = ["guest", "viewer", "member", "administrator", "owner"]
METHODS = ["get", "post", "put", "patch", "delete"]

HEAD = """# Who may do what

Each request of our API, with what it needs. This page is made by `tools/access_table.py` from [openapi.yaml](../api/openapi.yaml),
which tests hold to the table that decides; a request that is not in it is refused. What the roles are is in
[accounts.md](accounts.md), what an API key is in [api-keys.md](api-keys.md).

- **Roles**: g guest, v viewer, m member, a administrator, o owner: whose session may. Nobody's session may what has none.
- **Things**: it is about single things, so that it is enough to have the right to these: as a person who was given them by name,
  or by an API key that is limited to them. Everything else wants the right to all.
- **Key**: the scope that an API key needs, which its maker's role must have, too. Without one, no key may.
- **Proven**: a session asks its person for their password first, unless they have shown it within five minutes.
- **Early**: where the server asks everybody for two factors, also in a session in which one was shown; `adding`: by who has no
  second one, and by nobody else ([decision 87](decisions/0087-two-factors-for-everybody.md)).

`own` is about the person's own account, wherever they work. `anyone` needs no credentials. `host` is served on the socket of the
host's owner alone and is not there for anybody else; `host, two people` is not done before two operators have signed it, once the
guard is on ([decision 83](decisions/0083-two-people-for-the-gravest-orders.md)). `operator` is for the sessions of operators of the server, whatever they are
elsewhere; what lets them into an organisation is in [accounts.md](accounts.md). `device` wants a device's certificate, or for a first one a claim.
"""


def scopes_of_roles():
    """{"viewer": {"devices:read", ...}, ...}, as role.h gives them."""
    text = (ROOT / "src/accounts/people/role.h").read_text()
    body = text[text.index("Scopes scopes_of(Role role)"):]
    scopes = {}
    for role in ["guest", "viewer", "member"]:
        found = re.search(r"case Role::" + role + r":\s+return \{(.*?)\};", body, re.S)
        scopes[role] = {name.replace("_", ":", 1) for name in re.findall(r"Scope::(\w+)", found[1])}
    return scopes


def may(role, need, scopes):
    if need in ROLES:
        return ROLES.index(role) >= ROLES.index(need)
    if need == "any key":
        return True
    return ":" in need and (role not in scopes or need.split(" ")[0] in scopes[role])


def row(method, pattern, operation, scopes):
    need, *more = operation["x-access"].split(", ")
    roles = "".join(role[0] for role in ROLES if may(role, need, scopes))
    if need in ("anyone", "host", "device", "operator"):
        roles = need + (", two people" if "grave" in more else "")
    elif need == "person":
        roles = "own"
    key = need if ":" in need or need == "any key" else ""
    marks = " | ".join("yes" if word in more else "" for word in ("of things", "proven"))
    early = next((word for word in ("early", "adding") if word in more), "").replace("early", "yes")
    return f"| `{method.upper()} {pattern}` | {roles} | {key} | {marks} | {early} |"


def page():
    document = yaml.safe_load((ROOT / "api/openapi.yaml").read_text())
    scopes = scopes_of_roles()
    lines = [HEAD]
    for tag in document["tags"]:
        rows = [row(method, pattern, path[method], scopes)
                for pattern, path in document["paths"].items() for method in METHODS
                if method in path and path[method]["tags"][0] == tag["name"]]
        if rows:
            lines += [f"## {tag['name']}", "", "| request | who | key | things | proven | early |", "|---|---|---|---|---|---|", *rows, ""]
    return "\n".join(lines)


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(page())
    else:
        print(page(), end="")
