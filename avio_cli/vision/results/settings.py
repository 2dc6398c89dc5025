"""What is made of the tracks of any tracker before they are shown."""

from dataclasses import dataclass

from avio_cli.errors import UsageError

MOST_LENGTH = 150
"""Frames: twice as many are held in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultSettings:
    """Which tracks are shown, of what class and under which id.

    Raises:
        UsageError: the least length is out of range.
    """

    class_vote: bool = False
    """A track is of the class that the scores of its boxes speak for most, so far or
    as far as is seen ahead; else of that of its last detection."""
    min_length: int = 0
    """A track begins where it is in so many of the next ``2 * min_length - 1`` frames;
    0 and 1: anywhere."""
    compact_ids: bool = False
    """Ids count from 1 without holes, in the order in which tracks are first shown."""

    def __post_init__(self) -> None:
        if not 0 <= self.min_length <= MOST_LENGTH:
            raise UsageError(f"--min-length must be from 0 to {MOST_LENGTH} frames")

    @property
    def held(self) -> int:
        """Frames after a frame that are seen before it is shown."""
        return max(2 * self.min_length - 2, 0)

    @property
    def title(self) -> str:
        """What is made of the tracks, for users; empty for nothing."""
        parts = (
            ("of a voted class", self.class_vote),
            (f"{self.min_length} frames long at least", self.min_length > 1),
            ("ids without holes", self.compact_ids),
        )
        return ", ".join(text for text, is_so in parts if is_so)

    @property
    def words(self) -> dict[str, str]:
        """What a run with other results has otherwise, by option."""
        return {
            "--class-vote": "given" if self.class_vote else "",
            "--min-length": str(self.min_length) if self.min_length > 1 else "",
            "--compact-ids": "given" if self.compact_ids else "",
        }
