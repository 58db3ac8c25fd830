"""The base score of CVSS 3.1, by section 7.1 of its specification."""
import math
import re

VALUES = {"AV": {"N": 0.85, "A": 0.62, "L": 0.55, "P": 0.2}, "AC": {"L": 0.77, "H": 0.44}, "UI": {"N": 0.85, "R": 0.62},
          "C": {"H": 0.56, "L": 0.22, "N": 0}, "I": {"H": 0.56, "L": 0.22, "N": 0}, "A": {"H": 0.56, "L": 0.22, "N": 0}}
PRIVILEGES = {"U": {"N": 0.85, "L": 0.62, "H": 0.27}, "C": {"N": 0.85, "L": 0.68, "H": 0.5}}
VECTOR = re.compile(r"^CVSS:3\.1/AV:[NALP]/AC:[LH]/PR:[NLH]/UI:[NR]/S:[UC]/C:[NLH]/I:[NLH]/A:[NLH]$")


def round_up(value):
    """To one decimal, as appendix A does it: without what floating point adds."""
    whole = round(value * 100_000)
    return whole / 100_000 if whole % 10_000 == 0 else (math.floor(whole / 10_000) + 1) / 10


def base_score(vector):
    """The score of a base vector; ValueError if it is none."""
    if not VECTOR.match(vector):
        raise ValueError(f"{vector} is no base vector of CVSS 3.1, such as CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H")
    given = dict(part.split(":") for part in vector.split("/")[1:])
    scope = given["S"]
    missed = math.prod(1 - VALUES[metric][given[metric]] for metric in "CIA")
    base = 1 - missed
    impact = 6.42 * base if scope == "U" else 7.52 * (base - 0.029) - 3.25 * (base - 0.02) ** 15
    ease = 8.22 * VALUES["AV"][given["AV"]] * VALUES["AC"][given["AC"]] * PRIVILEGES[scope][given["PR"]] * VALUES["UI"][given["UI"]]
    if impact <= 0:
        return 0.0
    return round_up(min((impact + ease) * (1 if scope == "U" else 1.08), 10))


def severity(score):
    """Its word, by table 14."""
    return next(word for least, word in ((9.0, "CRITICAL"), (7.0, "HIGH"), (4.0, "MEDIUM"), (0.1, "LOW"), (0.0, "NONE")) if score >= least)
