"""Phone numbers that reach nobody.

Kept for fiction by their regulators: +44 7700 900000–900999 (Ofcom), +1 xxx 555 0100–0199, +33 6 39 98 00 00–99 99
(Arcep), +61 491 57x xxx (ACMA), +46 70 174 06 05–06 99 (PTS), +49 171 39200 00–99 and +49 176 040690 00–99
(Bundesnetzagentur). Britain keeps only a thousand mobile ones; the rest are +44 7200 900000–905999: the length and look
of a mobile number in a block that, as far as is known, no operator was ever given.
"""

from collections.abc import Iterator
from random import Random

US_AREAS = ("202", "212", "312", "415", "617")
AUSTRALIA = tuple(
    f"+61{n}"
    for n in (
        491570006,
        491570156,
        491570157,
        491570158,
        491570159,
        491570110,
        491570313,
        491570737,
        491571266,
        491571491,
        491571804,
        491572549,
        491572665,
        491572983,
        491573770,
        491573087,
        491574118,
        491574632,
        491575254,
        491575789,
        491576398,
        491576801,
        491577426,
        491577644,
        491578957,
        491578148,
        491578888,
        491579212,
        491579760,
        491579455,
    )
)

COUNTRIES = {  # country → (share among those who have a foreign number, time zone there)
    "FR": (0.34, "Europe/Paris"),
    "US": (0.30, "America/New_York"),
    "DE": (0.17, "Europe/Berlin"),
    "SE": (0.09, "Europe/Stockholm"),
    "AU": (0.10, "Australia/Sydney"),
}


class Numbers:
    """Hands out each number once, in an order that ``rng`` decides; never one of ``reserved``."""

    def __init__(self, rng: Random, reserved: set[str]) -> None:
        self.pools = {country: _shuffled(rng, numbers, reserved) for country, numbers in _ranges().items()}
        self.spare = _shuffled(rng, [f"+447200{n}" for n in range(900000, 903000)], reserved)

    def take(self, country: str) -> str:
        """The next number of that country; British where its small range is used up."""
        return next(self.pools[country], "") or next(self.spare)


def _ranges() -> dict[str, list[str]]:
    return {
        "GB": [f"+447700{n}" for n in range(900000, 901000)],
        "US": [f"+1{area}555{n:04}" for area in US_AREAS for n in range(100, 200)],
        "FR": [f"+33639{n}" for n in range(980000, 990000, 7)],
        "DE": [f"+4917139200{n:02}" for n in range(100)] + [f"+49176040690{n:02}" for n in range(100)],
        "SE": [f"+467017406{n:02}" for n in range(5, 100)],
        "AU": list(AUSTRALIA),
    }


def _shuffled(rng: Random, numbers: list[str], reserved: set[str]) -> Iterator[str]:
    free = [number for number in numbers if number not in reserved]
    rng.shuffle(free)
    return iter(free)


def country_of(phone: str) -> str:
    """The country of one of these numbers, by its calling code."""
    for code, country in (("+44", "GB"), ("+1", "US"), ("+33", "FR"), ("+49", "DE"), ("+46", "SE"), ("+61", "AU")):
        if phone.startswith(code):
            return country
    return ""
