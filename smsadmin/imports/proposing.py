"""The mapping that a file most likely needs: by the preset that somebody chose, one that knows such files, or
the names of its columns."""

from collections import Counter
from dataclasses import replace
from itertools import islice
from pathlib import Path

from smsadmin.imports.kinds import ImportKind, Preset, Word
from smsadmin.imports.mapping import Mapping, fit, guess
from smsadmin.imports.reading import Layout, Row, rows
from smsadmin.imports.sniffing import Table, UnreadableFile, first_rows, open_table, sniff

WORD_ROWS = 20_000  # in which the words of a status column are looked for
MANY_WORDS = 200


def propose(path: Path, kind: ImportKind, preset: Preset | None = None, kept: Mapping | None = None) -> Mapping:
    """A mapping for a new file; `kept` is one that the account saved. Raises UnreadableFile."""
    if kept is not None:
        mapping = again(path, kept)
    else:
        layout = sniff(path)
        columns = open_at(path, layout).columns
        mapping = by_preset(kind, preset or kind.recognise(columns), columns).with_layout(layout, columns)
    return with_words(mapping, kind, path)


def by_preset(kind: ImportKind, preset: Preset | None, columns: tuple[str, ...]) -> Mapping:
    if preset is None:
        return Mapping(fields=guess(columns, kind.fields))
    found = fit(preset.columns, columns)
    free = [column for column in columns if column not in found.values()]
    others = guess(free, [f for f in kind.fields if f.name not in found])
    return Mapping(fields=others | found, constants=dict(preset.constants), zone=preset.zone, preset=preset.key)


def again(path: Path, kept: Mapping) -> Mapping:
    """A saved mapping for another file: by its own layout where that gives its columns, else by the layout that
    the file seems to have."""
    try:
        layout, columns = kept.layout, open_at(path, kept.layout).columns
    except (UnreadableFile, LookupError):
        columns = ()
    if not set(kept.fields.values()) <= set(columns):
        layout = sniff(path)
        columns = open_at(path, layout).columns
    return replace(
        kept.with_layout(layout, columns),
        fields=fit({name: (column,) for name, column in kept.fields.items()}, columns),
    )


def relaid(path: Path, mapping: Mapping) -> Mapping:
    """The mapping after its encoding, delimiter or header was corrected: the columns are read anew. Raises
    UnreadableFile."""
    with path.open("rb") as file:
        start = file.read(64 * 1024)
    newline = {"utf-16-le": b"\n\0", "utf-16-be": b"\0\n"}.get(mapping.encoding)
    newline = newline or (b"\r" if b"\r" in start and b"\n" not in start else b"\n")
    layout = Layout(mapping.encoding, mapping.delimiter, mapping.has_header, newline)
    return mapping.with_layout(layout, open_at(path, layout).columns)


def open_at(path: Path, layout: Layout) -> Table:
    with path.open("rb") as file:
        return open_table(file, layout)


def sample(path: Path, layout: Layout, n: int) -> list[Row]:
    """The first rows of data."""
    with path.open("rb") as file:
        return first_rows(file, open_table(file, layout), n)


def words_of(path: Path, mapping: Mapping, kind: ImportKind) -> list[tuple[str, int]]:
    """The words of the words column in the first rows, as first written, the most frequent first."""
    place = mapping.index(kind.words_field.name) if kind.words_field else None
    if place is None:
        return []
    counted: Counter[str] = Counter()
    spelled: dict[str, str] = {}
    with path.open("rb") as file:
        table = open_table(file, mapping.layout)
        for row in islice(rows(file, table.layout, table.start, table.width), WORD_ROWS):
            if row.problem or not (text := row.cells[place].strip()):
                continue
            spelled.setdefault(text.casefold(), text[:200])
            counted[text.casefold()] += 1
            if len(counted) > MANY_WORDS:
                break
    return [(spelled[word], n) for word, n in counted.most_common(MANY_WORDS)]


def with_words(mapping: Mapping, kind: ImportKind, path: Path) -> Mapping:
    """The mapping with a guess for each word that it does not speak of yet."""
    guessed = {text.casefold(): kind.guess_word(text, mapping) for text, _n in words_of(path, mapping, kind)}
    return replace(mapping, words={word: target for word, target in guessed.items() if target} | mapping.words)


def words(path: Path, mapping: Mapping, kind: ImportKind) -> list[Word]:
    """For the mapping page: each word with its number and what it is taken for."""
    return [Word(text, n, mapping.words.get(text.casefold(), "")) for text, n in words_of(path, mapping, kind)]
