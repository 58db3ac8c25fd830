#!/usr/bin/env python3
"""docs/security/algorithms.md and keys.md: which algorithms and keys there are, made from the two lists beside them.

    tools/crypto_inventory.py           prints both pages
    tools/crypto_inventory.py --write   writes them

docs/security/algorithms.json is the list of algorithms, for programs; tools/sbom.py takes it into the bill of materials.
docs/security/keys.json has the lives of keys. tests/repository/algorithms_test.py and keys_test.py hold both to the sources, by
what is found here: `uses` finds every name by which an algorithm is asked of a library.
"""
import fnmatch
import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs/security"

# Names in the code by which a library is told what to compute. They are wide: what is no algorithm is in PLUMBING.
NAMES = re.compile(r"""\b(?:
    EVP_[a-z]\w*                                   # EVP_sha256(), EVP_aes_256_cbc(), EVP_get_digestbyname()
  | EVP_(?:EC|RSA|PKEY_Q)_\w*gen\w*
  | EVP_PKEY_[A-Z][A-Z0-9_]*
  | (?:NID|SN|LN|CKM)_\w+                          # OpenSSL's numbers and names, PKCS#11's mechanisms
  | OSSL_(?:DIGEST|CIPHER|KDF|MAC)_NAME_\w+
  | (?:crypto|randombytes)_\w+                     # libsodium
  | RAND_\w+
  | (?:MD[245]|SHA\d*|HMAC|CMAC|AES|DES|RC4|RSA|DSA|DH|EC|ECDSA|ECDH|X25519|ED25519)(?:_\w+)?(?=\()
  | (?:es|rs|ps|ed)[a-z]*\d*_pk_\w+                # libfido2
  | gfshare_(?!ctx_free)\w+
  | (?:D?TLS|SSL)\d\w*_VERSION | CURL_SSLVERSION_\w+
)\b""", re.VERBOSE)
PLUMBING = re.compile(r"NID_(?:commonName|undef|tlsfeature)|EVP_PKEY_(?:CTX|PUBLIC_KEY|KEYPAIR)\w*|gfshare_(?:fill_rand|ctx)|(?:RSA|EC)_KEY\w*")

# Text that names an algorithm, alone or in a list with colons.
WORDS = re.compile(r"""(?:
    AES | ARIA | CAMELLIA | (?:X?CHACHA|SALSA)\d* | POLY1305 | [3T]?DES(?:[-_\d]|$) | RC[245] | BLOWFISH | SM[234]
  | SHA-?\d | SHAKE | KECCAK | MD[245] | BLAKE | RIPEMD | HMAC | CMAC | GMAC | KMAC | SIPHASH
  | HKDF | PBKDF | SCRYPT | ARGON | TLS1 | TLS_[A-Z] | ECDHE? | DHE | KBKDF | SSKDF | X963
  | RSA | DSA | EC$ | ECDSA | ED(?:25519|448|DSA) | X(?:25519|448) | P-\d | PRIME\d | SECP | BRAINPOOL | FFDHE
  | ML-?(?:KEM|DSA) | SLH- | KYBER | DILITHIUM | [HREP]S(?:256|384|512)$ | SQLCIPHER
)[A-Z0-9_/+-]*$""", re.VERBOSE | re.IGNORECASE)
# Where a library is told by text, so that the text is an algorithm whatever it says.
TOLD = re.compile(r'\b(?:EVP_\w+_fetch|\w+_new_from_name|EVP_EC_gen|EVP_PKEY_is_a|EVP_Digest\w+Init_ex|derive)\((?:[^;"]*?,\s*)?"([^" ]+)"')

TOKENS = re.compile(r'//[^\n]*|/\*.*?\*/|R"\((?:.*?)\)"|"(?:[^"\\\n]|\\.)*"', re.DOTALL)


@cache
def without_comments(text):
    """The text of a source, comments blanked; what looks like one in a literal stays."""
    return TOKENS.sub(lambda match: " " if match[0].startswith("/") else match[0], text)


def names_in(text):
    """Every name of an algorithm in the text of one source."""
    text = without_comments(text)
    code = re.sub(r'"(?:[^"\\\n]|\\.)*"', '""', text)
    found = {name for name in NAMES.findall(code) if not PLUMBING.fullmatch(name)}
    for literal in re.findall(r'"((?:[^"\\\n]|\\.)*)"', text):
        found |= {word for word in literal.split(":") if WORDS.match(word)}
    return found | set(TOLD.findall(text))


def program_files():
    """The paths of all sources of the programs: no test, no fuzzer, no helper of tests."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "src", "apps"],
                            cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    for name in listed:
        tested = re.search(r"_(?:test|fuzz)\.(?:cc|h)$|(?:^|/)(?:testing|tests)/", name)
        if name.endswith((".cc", ".h")) and not tested and (ROOT / name).is_file():
            yield ROOT / name


def sources():
    """(folder, text) of every source of the programs."""
    for path in program_files():
        yield str(path.parent.relative_to(ROOT)), path.read_text()


def uses(of):
    """{(folder, name)} of every use of an algorithm in sources as `sources` has them."""
    return {(folder, name) for folder, text in of for name in names_in(text)}


def algorithms():
    """The list of algorithms, protocols and the plan, as docs/security/algorithms.json has it."""
    return json.loads((PAGES / "algorithms.json").read_text())


def keys():
    """The lives of keys, as docs/security/keys.json has them."""
    return json.loads((PAGES / "keys.json").read_text())["keys"]


def listed(document):
    """{(folder, pattern)} of all that the list says is in the code."""
    entries = [(folder, name) for part in (*document["algorithms"], *document["protocols"])
               for folder, names in part["where"].items() for name in names]
    return set(entries) | {(part["suites_in"], suite) for part in document["protocols"] for suite in part["suites"]}


def differences(used, said):
    """(uses that nothing in the list has, entries of the list that no use has): both empty when list and code agree."""
    matches = {entry: {use for use in used if use[0] == entry[0] and fnmatch.fnmatchcase(use[1], entry[1])} for entry in said}
    known = set().union(*matches.values()) if matches else set()
    return sorted(used - known), sorted(entry for entry, found in matches.items() if not found)


# --- the lives of keys ---------------------------------------------------------------------------

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "month": 2629746, "year": 31556952}


def seconds(text):
    """Of "90 days"."""
    number, unit = text.split()
    return int(number.replace(",", "")) * SECONDS[unit.removesuffix("s")]


def fixed_limit(name, text=None):
    """The value of a row of src/base/fixed_limits.h."""
    text = text or (ROOT / "src/base/fixed_limits.h").read_text()
    found = re.search(rf'{{"{re.escape(name)}", ([\d\']+),', text)
    return int(found[1].replace("'", "")) if found else None


def constant(text, name):
    """What a source says that a constant is, as "90 days", or as a number without a unit; None if it has no such constant."""
    found = (re.search(rf"std::chrono::(\w+) {name}{{([^;]+)}};", text)
             or re.search(rf"(std::uint\d+_t) {name} =\s*([^;]+);", text))
    if not found:
        return None
    terms = re.sub(r'fixed_limit\("([\w.]+)"\)', lambda match: str(fixed_limit(match[1])), found[2])
    terms = re.sub(r"std::uint\d+_t{(\d+)}", r"\1", terms).replace("U", "").replace("'", "")
    if not re.fullmatch(r"[\d\s*+<-]+", terms):
        return None
    value = eval(terms)  # digits and signs alone
    return f"{value} {found[1]}" if "int" not in found[1] else str(value)


def span(fact):
    """What the code says of a fact of a key: the text that stands where the fact says."""
    if "limit" in fact:
        return str(fixed_limit(fact["limit"]))
    return constant(without_comments((ROOT / fact["in"]).read_text()), fact["constant"])


def holds(fact, found):
    """Whether what was found is what the fact says."""
    if found is None:
        return False
    said = fact["is"]
    if " " not in found:  # a bare number, whose unit is in its name
        return found == said.split()[0].replace(",", "")
    return seconds(said) == seconds(found)


def purposes(text):
    """The names for which a source derives keys, or signs, or seals: every text that begins as ours do."""
    return set(re.findall(r'"(fastness [^"\\]*[^"\\ ])', without_comments(text)))


def derives(text):
    return re.search(r"\b(?:hkdf_sha256|derive)\(", without_comments(text)) is not None


# --- the pages -----------------------------------------------------------------------------------

ALGORITHMS_HEAD = """# Algorithms

What Fastness computes with, and what takes its place when it is no longer enough. Made by `tools/crypto_inventory.py` from
[algorithms.json](algorithms.json), the list for programs; the bill of materials (`./dev sbom`) has the same as cryptographic assets
of CycloneDX. A test holds the list to the sources: a name by which OpenSSL, libsodium, libfido2, libgfshare, SQLite or a PKCS#11
token is asked for an algorithm is in the list with its folder, and the list has none that is not there. What a library uses inside,
such as curves of certificates that others show us, is not in it.

Bits are those of the best attack that is known on an ordinary computer. Against a quantum computer, NIST's categories 1 to 5 say that it is as
hard as AES-128, SHA-256, AES-192, SHA-384, AES-256; 0 says that one which is large enough breaks it.

| algorithm | for what | library | bits | quantum | where | decided in | plan |
|---|---|---|---|---|---|---|---|
"""
PROTOCOLS_HEAD = """
## Protocols

| protocol | for what | suites |
|---|---|---|
"""
PLAN_HEAD = """
## The plan

In this order. Each says what it waits for, what is done then, and what the code allows today.

"""
KEYS_HEAD = """# The lives of keys

Who makes each key, where it is, how long it counts, and how it dies. Made by `tools/crypto_inventory.py` from
[keys.json](keys.json). A test holds this to the code as far as a test can read it: each number with a constant or limit beside it is
the code's, and each name for which a key is derived stands with exactly one of these keys. That a key is where we say, and gone when we
say, is what the tests of the parts show; what each is for is in the document that is named.

| key | for | made by | where | counts for | ends | told in |
|---|---|---|---|---|---|---|
"""
PURPOSES_HEAD = """
## Derived under these names

| name | key |
|---|---|
"""
HELD_HEAD = """
## Held to the code

| key | is | in the code |
|---|---|---|
"""


def link(target):
    """To a document of the tree, from a page of docs/security."""
    return f"[{Path(target).stem}](../{Path(target).relative_to('docs')})"


def table(rows):
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def algorithms_page():
    document = algorithms()
    titles = {step["id"]: step["title"] for step in document["plan"]}
    names = {part["id"]: part["name"] for part in document["algorithms"]}
    text = ALGORITHMS_HEAD + table(
        (part["name"], part["use"], part["library"], "what was typed" if part["bits"] is None else str(part["bits"]),
         "–" if part["quantum"] is None else str(part["quantum"]), ", ".join(f"`{folder}`" for folder in part["where"]), link(part["why"]),
         titles[part["plan"]]) for part in document["algorithms"])
    text += PROTOCOLS_HEAD + table(
        (part["name"], part["use"], "; ".join(f"`{suite}`: {', '.join(names[each] for each in used)}" for suite, used in part["suites"].items()))
        for part in document["protocols"])
    text += PLAN_HEAD
    for step in document["plan"]:
        text += (f"### {step['title']}\n\n{step['first']}\n\n**When:** {step['when']}\n\n**How:** {step['how']}\n\n**Today:** {step['today']}\n\n"
                 f"For: {', '.join(part['name'] for part in document['algorithms'] if part['plan'] == step['id'])}.\n\n")
    return text.rstrip() + "\n"


def keys_page():
    names = {part["id"]: part["name"] for part in algorithms()["algorithms"]}
    there = keys()
    text = KEYS_HEAD + table((key["name"], names.get(key["algorithm"], "–"), key["made"], key["where"], key["life"], key["ends"], link(key["told"]))
                             for key in there)
    text += PURPOSES_HEAD + table((f"`{purpose}`", key["name"]) for key in there for purpose in key["purposes"])
    text += HELD_HEAD + table(
        (key["name"], fact["is"], f"`{fact['limit']}`, [limits](../limits.md)" if "limit" in fact else f"`{fact['constant']}` in `{fact['in']}`")
        for key in there for fact in key["held"])
    return text


def pages():
    return {PAGES / "algorithms.md": algorithms_page(), PAGES / "keys.md": keys_page()}


def main():
    for path, text in pages().items():
        if sys.argv[1:] == ["--write"]:
            path.write_text(text)
        else:
            sys.stdout.write(text)


if __name__ == "__main__":
    main()
