"""Options of live sources that no run could keep are refused when they are given."""

from fractions import Fraction

import pytest

from avio_cli.decode.live.options import LiveOptions
from avio_cli.errors import UsageError


@pytest.mark.parametrize("name", ["timeout", "segment", "keep"])
@pytest.mark.parametrize("seconds", [-1, 0, 9_999_999_999 * 86400])
def test_times_that_no_clock_has_are_refused(name: str, seconds: int) -> None:
    given = {"segment": Fraction(60), name: Fraction(seconds)}
    with pytest.raises(UsageError, match=f"--{name} must be"):
        LiveOptions(**given)  # type: ignore[arg-type]
