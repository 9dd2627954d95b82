"""A guess at the encoding of a text that is not Unicode, by the letters of Europe's languages: for `import suggest`."""
from __future__ import annotations

import re
from collections import Counter

_WEST = ("åäöæøéü", "äöüßàâæçéèêëîïôœùûÿìò", "áàâãçéêíóôõúüñ", "áðéíóúýþæö", "äöõü", "àèéíòóúïüç", "ëéïöüèóáê")
_EAST = ("áčďéěíňóřšťúůýžäöü", "áäčďéíĺľňóôŕšťúýž", "ąćęłńóśźż", "áéíóöőúüű", "čćđšž", "ăâîşţ")
_ALPHABETS = {
    "cp1252": _WEST, "cp1250": _EAST, "iso-8859-2": _EAST, "cp1257": ("ąčęėįšųūž", "āčēģīķļņšūž", "äöõüšž"),
    "cp1254": ("çğıİöşüâîû",), "cp1253": ("αβγδεζηθικλμνξοπρστυφχψωάέήίόύώςϊϋ",),
    "cp1251": ("абвгдежзийклмнопрстуфхцчшщъыьэюяё", "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
               "абвгдђежзијклљмнњопрстћуфхцчџшѓѕќ")}
"""Letters beyond ASCII, by encoding: of one language each, or of neighbours that are in one file."""
_USUAL = "cp1252"
_OWN = ("cp1253", "cp1251")
"""Encodings of scripts whose words have no Latin letters."""
_WORD, _LATIN = re.compile(r"[^\W\d_]+"), re.compile("[A-Za-z]")
_COMMON = frozenset("\u00a0€£§°«»‘’“”„–—…·²©®")
"""Marks of all languages."""
_SURE, _BETTER, _LEAST = 0.9, 0.05, 3
"""The share of letters that must fit another encoding than the usual one, how much more that must be, and how many."""
# Letters of the north and west inside of words, in the encodings of Windows and of DOS.
_WINDOWS, _DOS = re.compile(rb"[a-zA-Z][\xc0-\xff]"), re.compile(rb"[a-zA-Z][\x81\x82\x84\x86\x87\x8a\x94\x9b][a-z]")


def single_byte(head: bytes) -> str:
    """The encoding in which nearly all letters are those of one language; cp1252 unless another fits much better."""
    if len(_DOS.findall(head)) > len(_WINDOWS.findall(head)):
        return "cp850"
    fits = {encoding: _share(head.decode(encoding, "replace"), encoding) for encoding in _ALPHABETS}
    best = max(fits, key=lambda encoding: fits[encoding])
    return best if fits[best] >= max(_SURE, fits[_USUAL] + _BETTER) else _USUAL


def _share(text: str, encoding: str) -> float:
    """How much of what is no ASCII are letters of the one language that has most of them."""
    found = Counter(one for one in set(text) if not one.isascii() and not one.isalpha() and one not in _COMMON)
    for word in set(_WORD.findall(text)):
        if not word.isascii():
            found.update(_letters(word, encoding))
    known = [set(alphabet + alphabet.upper()) for alphabet in _ALPHABETS[encoding]]
    return max(sum(found[one] for one in alphabet) for alphabet in known) / max(_LEAST, found.total())


def _letters(word: str, encoding: str) -> list[str]:
    """Those beyond ASCII; empty for each that cannot stand where it does."""
    if encoding in _OWN and _LATIN.search(word):
        return ["" for one in word if not one.isascii()]
    before = " " + word
    return ["" if one.isupper() and before[at].islower() else one for at, one in enumerate(word) if not one.isascii()]
