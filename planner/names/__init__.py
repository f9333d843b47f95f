"""Names: what a place name is made of, how it is said and spelt, and where an address points."""

from .addresses import Address, format_address, misfit, parse_address
from .divisions import Division, Divisions, official_divisions
from .parts import Parts, kind_of, likely_kind, split_name, street_section
from .plain import folded, folded_all, main_part, plain
from .readings import Reading, read, read_letters, sounds
from .spelling import is_transcribed, letters_only, other_spellings, romanise, same_letters, segments
from .words import Rules, Word

__all__ = [
    "Address",
    "Division",
    "Divisions",
    "Parts",
    "Reading",
    "Rules",
    "Word",
    "folded",
    "folded_all",
    "format_address",
    "is_transcribed",
    "kind_of",
    "letters_only",
    "likely_kind",
    "main_part",
    "misfit",
    "official_divisions",
    "other_spellings",
    "parse_address",
    "plain",
    "read",
    "read_letters",
    "romanise",
    "same_letters",
    "segments",
    "sounds",
    "split_name",
    "street_section",
]
