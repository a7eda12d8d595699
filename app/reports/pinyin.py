"""How a Chinese name sounds: one syllable a character, without tones, read as pypinyin's dictionary of words has it.

pypinyin's own functions take 65 µs a name; here the words that sound other than their characters by themselves are
sifted out once, which leaves 7 µs a name: a million names are read in seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache

LONGEST_WORD = 4
_VOWELS = frozenset("aeiouv")

#: Characters of product names with two living readings. Where no word of the dictionary decides, a name is found by
#: both: 调速 is typed as tiaosu and, wrongly but often, as diaosu.
_TWO_READINGS: Mapping[str, tuple[str, str]] = {
    character: (first, second)
    for character, first, second in (
        line.split()
        for line in (
            "长 chang zhang", "重 zhong chong", "调 tiao diao", "行 xing hang", "传 chuan zhuan", "弹 dan tan",
            "壳 ke qiao", "轧 zha ya", "模 mo mu", "降 jiang xiang", "率 lv shuai", "塞 sai se", "薄 bo bao",
            "血 xue xie", "剥 bo bao", "露 lu lou", "乐 le yue", "盛 sheng cheng", "曝 bao pu",
            "粘 zhan nian", "绿 lv lu", "拓 tuo ta", "折 zhe she", "扎 zha za", "校 xiao jiao",
            "藏 cang zang", "参 can shen", "称 cheng chen", "屏 ping bing", "削 xiao xue", "厦 sha xia",
            "角 jiao jue", "觉 jue jiao", "泊 bo po", "烙 lao luo",
        )
    )
}  # fmt: skip


def readings(text: str) -> list[list[str]]:
    """The one or two ways to read ``text``, each with one syllable a character (``绿`` is ``lv``).

    The first has the dictionary's word where there is one (``行`` in ``银行`` is ``hang``). The second, where it
    differs, has the other reading of each character in :data:`_TWO_READINGS` that no word decided. A character
    without a reading stands for itself.
    """
    found = [_usual(character) for character in text]
    open_places = [place for place, character in enumerate(text) if character in _TWO_READINGS]
    words, beginnings = _odd_words()
    start = 0
    while start < len(text) - 1:
        longest = LONGEST_WORD if text[start] in beginnings else 0
        for size in range(min(longest, len(text) - start), 1, -1):
            word = words.get(text[start : start + size])
            if word is not None:
                found[start : start + size] = word
                open_places = [place for place in open_places if not start <= place < start + size]
                start += size - 1
                break
        start += 1
    if not open_places:
        return [found]
    other = list(found)
    for place in open_places:
        first, second = _TWO_READINGS[text[place]]
        other[place] = second if found[place] == first else first
    return [found, other]


@cache
def _dictionaries() -> tuple[Mapping[int, str], Mapping[str, list[list[str]]]]:
    """The readings of characters and of words; takes 0.4 s to import, and many processes never search."""
    from pypinyin.constants import PHRASES_DICT, PINYIN_DICT

    return PINYIN_DICT, PHRASES_DICT


@cache
def all_syllables() -> frozenset[str]:
    """Every syllable a character can have, interjections without a vowel (``ng``) left out."""
    plain = {_plain(each) for readings in _dictionaries()[0].values() for each in readings.split(",")}
    return frozenset(each for each in plain if each.isascii() and not _VOWELS.isdisjoint(each))


@lru_cache(maxsize=20_000)
def _usual(character: str) -> str:
    known = _dictionaries()[0].get(ord(character))
    return character if known is None else _plain(known.split(",")[0])


@lru_cache(maxsize=4_000)
def _plain(reading: str) -> str:
    from pypinyin.contrib.tone_convert import to_normal

    plain: str = to_normal(reading)
    return plain


@cache
def _odd_words() -> tuple[dict[str, list[str]], frozenset[str]]:
    """The words in which a character sounds other than by itself, and the characters they begin with. Longer ones are
    left out: they are proverbs."""
    odd = {}
    for word, readings in _dictionaries()[1].items():
        if len(word) == len(readings) <= LONGEST_WORD:
            plain = [_plain(each[0]) for each in readings]
            if plain != [_usual(character) for character in word]:
                odd[word] = plain
    return odd, frozenset(word[0] for word in odd)
