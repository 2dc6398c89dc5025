"""Detectors that users export: each has its section, and no address of weights."""

import re

from avio_cli.models.catalog import CATALOG
from avio_cli.models.to_export import TO_EXPORT
from tests.conftest import REPOSITORY

PAGE = (REPOSITORY / "docs" / "detectors.md").read_text()


def test_every_one_has_its_row_and_its_section() -> None:
    headings = {
        heading.lower().replace(" ", "-")
        for heading in re.findall(r"^## (.+)$", PAGE, re.MULTILINE)
    }
    for row in TO_EXPORT.values():
        assert row.family in headings
        line = f"| `{row.name}` | {row.side}x{row.side} | {row.precision} |"
        assert line in PAGE


def test_what_can_be_downloaded_has_a_free_licence() -> None:
    assert {entry.spec.licence for entry in CATALOG.values()} == {"Apache-2.0", "MIT"}


def test_no_name_is_in_both_tables() -> None:
    assert not set(TO_EXPORT) & set(CATALOG)
