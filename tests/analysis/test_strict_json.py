import json
import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nerveapp.analysis.strict_json import strict_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def test_a_number_that_is_none_becomes_null_and_a_name_stays() -> None:
    told = json.loads(strict_json({"name": "NaN_0001", "dice": math.nan, "all": [(math.inf, 0.5)]}))
    assert told == {"name": "NaN_0001", "dice": None, "all": [[None, 0.5]]}


@given(VALUES)
def test_whatever_is_written_is_json_and_comes_back(value: Any) -> None:
    def expected(one: Any) -> Any:
        if isinstance(one, float) and not math.isfinite(one):
            return None
        if isinstance(one, dict):
            return {key: expected(inner) for key, inner in one.items()}
        return [expected(inner) for inner in one] if isinstance(one, list) else one

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    assert json.loads(strict_json(value), parse_constant=refuse) == expected(value)
