"""How what people write is made comparable: case, accents, punctuation, emoji and look-alike letters put away. Pure."""

from __future__ import annotations

import unicodedata

# Said inside a word, and left out by half of all people.
APOSTROPHES = "'’‘ʼ`´′＇"
# Cyrillic and Greek letters that look like Latin ones, in lower case: a keyword typed with the wrong keyboard.
LOOK_ALIKES = str.maketrans("аеорсухіјѕтнкмвοτρακεινυη", "aeopcyxijsthkmbotpakeivun")
NO_APOSTROPHE = str.maketrans("", "", APOSTROPHES)


def folded(text: str) -> list[str]:
    """The words of a text: lower case, without accents, marks and invisible characters. Letters that stand apart
    ("S.T.O.P") are one word."""
    words = "".join(map(plain, flat(text))).split()
    apart = len(words) > 1 and all(len(word) == 1 and word.isalpha() for word in words)
    return ["".join(words)] if apart else words


def flat(text: str) -> str:
    """Compatibility forms resolved ("ＳＴＯＰ", "𝐒𝐓𝐎𝐏"), accents gone, case folded; the Turkish dotless i is an i."""
    if text.isascii():
        return text.lower().translate(NO_APOSTROPHE)
    text = unicodedata.normalize("NFKD", text.translate(NO_APOSTROPHE)).casefold()
    return unicodedata.normalize("NFKD", text).casefold().replace("ı", "i").translate(NO_APOSTROPHE)


def plain(character: str) -> str:
    """The character, a space for what parts words, nothing for what is not seen."""
    if character.isalnum():
        return character
    category = unicodedata.category(character)
    return "" if category in ("Mn", "Me", "Cf", "Cc", "Cs") and not character.isspace() else " "


def latin(word: str) -> str:
    """The word with the Latin letters that it looks like."""
    return word.translate(LOOK_ALIKES)
