"""SMPTE timecodes: the label of a frame, ``HH:MM:SS:FF``, drop-frame too."""

import re
from dataclasses import dataclass, replace
from fractions import Fraction

_LABEL = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})([:;.,])(\d{2,3})")
_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Timecode:
    """The label of a frame."""

    minutes: int
    """Since midnight."""
    seconds: int
    frames: int
    drop: bool = False
    """Whether two labels of 30 are left out each minute but every tenth."""

    @classmethod
    def parse(cls, text: str) -> "Timecode | None":
        """Read it as ffmpeg writes it; None where it is something else."""
        if not (match := _LABEL.fullmatch(text.strip())):
            return None
        hours, minutes, seconds, mark, frames = match.groups()
        drop = mark != ":"
        return cls(int(hours) * 60 + int(minutes), int(seconds), int(frames), drop)

    def __str__(self) -> str:
        hours, minutes = divmod(self.minutes, 60)
        mark = ";" if self.drop else ":"
        return f"{hours:02}:{minutes:02}:{self.seconds:02}{mark}{self.frames:02}"

    def later(self, frames: int, rate: Fraction) -> "Timecode":
        """The label of a later frame.

        Args:
            frames: how many after the frame with this label.
            rate: exact frames a second.
        """
        per_second = round(rate)
        left_out = per_second // 15 if self.drop else 0
        number = (self.minutes * 60 + self.seconds) * per_second + self.frames
        number -= left_out * (self.minutes - self.minutes // 10)
        number += frames
        if left_out:
            number = _with_left_out(number, per_second, left_out)
        rest, in_second = divmod(number, per_second)
        minutes, in_minute = divmod(rest, 60)
        return Timecode(minutes % _DAY, in_minute, in_second, self.drop)

    def at_rate(self, old: Fraction, new: Fraction) -> "Timecode":
        """The label for frames of another rate."""
        drop = self.drop and round(new) % 30 == 0 and new.denominator == 1001
        frames = min(self.frames * round(new) // round(old), round(new) - 1)
        moved = replace(self, frames=frames, drop=drop)
        if drop and not self.seconds and self.minutes % 10:
            return replace(moved, frames=max(frames, round(new) // 15))
        return moved


def _with_left_out(number: int, per_second: int, left_out: int) -> int:
    """From the count of frames to that of labels."""
    minute = 60 * per_second - left_out
    tens, rest = divmod(number, 10 * minute + left_out)
    number += 9 * left_out * tens
    if rest >= left_out:
        number += left_out * ((rest - left_out) // minute)
    return number
