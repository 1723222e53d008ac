"""What nobody should send: any bytes, any JSON, any form, with the names of fields that an adapter looks at."""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from hypothesis import strategies as st

_VALUES = (
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.text(max_size=9)
    | st.sampled_from(["0", "1", "-1e99", "NaN", "sNaN", "2026-01-15T10:42:05.000+0000", "\0", "\ud800", "9" * 300])
)


def json_values(names: Sequence[str]) -> st.SearchStrategy[Any]:
    return st.recursive(
        _VALUES,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(names), inner, max_size=6),
        max_leaves=12,
    )


def forms(names: Sequence[str]) -> st.SearchStrategy[bytes]:
    values = st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
    return st.dictionaries(st.sampled_from(names), values).map(lambda form: urlencode(form).encode())


def bodies(names: Sequence[str]) -> st.SearchStrategy[bytes]:
    return st.binary(max_size=80) | forms(names) | json_values(names).map(lambda value: json.dumps(value).encode())
