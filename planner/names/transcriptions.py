"""Names from Mongolian, Tibetan, Uyghur and other languages are spelt by those languages: 乌鲁木齐 is Ürümqi.

Source: 《少数民族语地名汉语拼音字母音译转写法》 (1976); the letters of GB/T 2260 and GB/T 3304.
"""

from functools import cache

from .. import presets


def transcriptions(word: str, code: str | None = None) -> tuple[str, ...]:
    """Return the standard spellings of a word from another language, the one to prefer first; none where it is none.

    `code` is a division code: a word is spelt so in its own region (哈尔滨路 of Shanghai need not be); None: anywhere.
    """
    rows = (r for r in _rows().get(word, ()) if code is None or code.startswith(r["admin"]))
    return tuple(spelling for row in rows for spelling in row["spelling"].split("|"))


@cache
def _rows() -> dict[str, list[dict[str, str]]]:
    rows: dict[str, list[dict[str, str]]] = {}
    for row in presets.rows("transcriptions"):
        rows.setdefault(row["name"], []).append(row)
    return rows
