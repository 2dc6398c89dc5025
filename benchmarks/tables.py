"""Tables, as text and as Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of texts under a title."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    """One sentence below."""

    def text(self) -> str:
        """For a terminal: columns aligned."""
        lines = [self.columns, *self.rows]
        widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
        body = [
            "  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip()
            for line in lines
        ]
        return "\n".join([self.title, "-" * len(self.title), *body, self.note])

    def markdown(self) -> str:
        """For the documentation."""
        lines = [self.columns, ("---",) * len(self.columns), *self.rows]
        body = [f"| {' | '.join(line)} |" for line in lines]
        return "\n".join([f"### {self.title}", "", *body, "", self.note])


def spread(ratios: Sequence[float]) -> str:
    """The median of sorted ratios, and the least and greatest of them."""
    middle = len(ratios) // 2
    median = (ratios[middle] + ratios[~middle]) / 2
    if len(ratios) == 1:
        return f"{median:.2f}"
    return f"{median:.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"


def noise_note(noise: Sequence[float]) -> str:
    """Say how much the rest of the machine disturbed the rounds."""
    return (
        f"{len(noise)} rounds; meanwhile other programs took {min(noise):.0%} to "
        f"{max(noise):.0%} of the machine."
    )
