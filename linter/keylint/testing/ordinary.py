"""Ordinary names: what a key must not be taken for. Made from words at run time, always the same ones."""

from __future__ import annotations

import builtins
import keyword
import re
import sys
from functools import lru_cache
from random import Random

# Words of which programs, settings and addresses are full.
_WORDS = """
access account action active admin agent alert api app apply archive area array asset async audit auth backend backup
base batch beta billing block body bot bucket build bundle button cache call card cart catalog channel chart check
client cloud cluster code collection color column command comment common company config connection console contact
container content context control cookie core count create credential cursor custom customer dashboard data database
date debug default delete deploy detail dev device dialog display document domain download draft driver edit element
email employee enable endpoint entry env environment error event example export external factory feature field file
filter first flag folder font footer form frame free function gateway general generate get github global grid group
handler head header health height help hidden history home host icon id image import index info init input inside
instance integration internal invoice item job json key label language last layer layout leader legal level library
license limit line link list live load local location lock log login main manager map mark master media member memory
menu merge message meta metric mobile mode model module monitor month name native network new next node note notice
number object offer office open option order organization output owner package page panel param parent part partner
password path payment pending people period permission person phone pipeline plan platform player plugin point policy
pool port post preview price primary print private process product profile program progress project prompt property
provider public publish purchase push query queue quick quote range rate raw read record redirect region register
release remote remove render report request reset resource response result review role root route rule run sale
sample save scale schedule schema scope screen script search secret section secure select send sequence server service
session set settings shared shipping shop show side sign simple single size slot social sort source space staff stage
standard start state static status step stock storage store stream string style submit subscription success summary
support switch sync system table tag target task tax team template temp terminal test text theme thread ticket time
title today toggle token tool top total track traffic transaction transfer trial trigger type unit update upload url
usage user util validate value vendor version video view visible wallet warning web webhook weight widget width window
work worker world write year zone
"""
_STYLES = 6
_ROUNDS = 8
_TAILS = 2_000


@lru_cache(maxsize=1)
def words() -> tuple[str, ...]:
    """Return words in small letters: those above, Python's own, and those of its library's names."""
    library = (
        part for name in (*sys.stdlib_module_names, *dir(builtins)) for part in re.findall(r"[A-Za-z][a-z]{2,}", name)
    )
    return tuple(sorted({*_WORDS.split(), *map(str.lower, (*keyword.kwlist, *library))}))


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """Return some 30,000 names as programs have them: every word begins some of every style, of two to seven words."""
    rng = Random("ordinary names")  # noqa: S311 - the same every time
    known = words()
    made = (
        _styled([word, *rng.choices(known, k=rng.randint(1, 6))], number % _STYLES)
        for word in known
        for number in range(_STYLES * _ROUNDS)
    )
    return (*sorted(sys.stdlib_module_names), *made)


@lru_cache(maxsize=1)
def tails() -> tuple[str, ...]:
    """Return what people write behind a beginning of their own: words in every style."""
    rng = Random("ordinary tails")  # noqa: S311 - the same every time
    return tuple(_styled(rng.choices(words(), k=rng.randint(1, 7)), number % _STYLES) for number in range(_TAILS))


def _styled(parts: list[str], style: int) -> str:
    match style:
        case 0:
            return "_".join(parts)
        case 1:
            return "-".join(parts)
        case 2:
            return parts[0] + "".join(map(str.capitalize, parts[1:]))
        case 3:
            return "".join(map(str.capitalize, parts))
        case 4:
            return "_".join(parts).upper()
        case _:
            return "".join(parts)
