"""Where the records of a run that ended early go on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from avio_cli.errors import InputError
from avio_cli.records.files import display_name
from avio_cli.records.marks import EMPTY, Mark, begins_with, is_whole

START_AGAIN = "start again with -y"


@dataclass(frozen=True, slots=True)
class ResumePoint:
    """What is kept of each file of records."""

    frame: int = 0
    """The last frame that is done."""
    marks: Mapping[Path, Sequence[Mark]] = field(default_factory=dict)
    """Of each file after that frame; nothing is kept of one that has none."""

    def kept(self, path: Path) -> int:
        """How many bytes a file of lines keeps."""
        return sum(mark.size for mark in self.marks.get(path, ()))

    def refuse_other(self) -> None:
        """Make sure that all files begin with what the run wrote.

        What a kill left behind that, half a line perhaps, is no matter.

        Raises:
            InputError: names a file that does not.
        """
        for path, marks in self.marks.items():
            if any(mark != EMPTY for mark in marks) and not self._begins(path, marks):
                raise InputError(
                    f"cannot resume: {display_name(path)} does not contain the "
                    f"{self.frame} frames that its checkpoint says are done",
                    hint=START_AGAIN,
                )

    @staticmethod
    def _begins(path: Path, marks: Sequence[Mark]) -> bool:
        try:
            return begins_with(path, marks)
        except FileNotFoundError:
            raise InputError(
                f"cannot resume: {display_name(path)} does not exist",
                hint=START_AGAIN,
            ) from None
        except OSError as error:
            raise InputError(
                f"cannot read {display_name(path)}: {error.strerror}"
            ) from error


def is_unchanged(path: Path, mark: Mark) -> bool:
    """Whether a finished file is there and as it was; False where it is unreadable."""
    try:
        return path.is_file() and is_whole(path, mark)  # a FIFO would block
    except OSError:
        return False
