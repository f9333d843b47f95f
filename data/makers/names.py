"""Names for what is synthetic: two-character words that no other name in the city sounds like."""

from itertools import product

from pypinyin import lazy_pinyin

from .frame import chance

# Everyday words only: nothing grand, foreign or historic, and none of Wuhan's own lakes and hills.
_FIRST = "春秋晨翠松竹荷柳杏枫云霞芳和安康宁善勤谷麦棉桐杉榆茶菊萍溪石"
_LAST = "晖溪湾泉塘坊林泽岸堤坡台田井荫径畔桥岭亭"


def fresh_names(count: int) -> list[str]:
    """Return different two-character names, each with a toneless reading of its own."""
    words = [first + last for first, last in product(_FIRST, _LAST) if first != last]
    chance("names").shuffle(words)
    by_sound: dict[str, str] = {}
    for word in words:
        by_sound.setdefault("".join(lazy_pinyin(word)), word)
    return list(by_sound.values())[:count]
