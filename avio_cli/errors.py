"""Every failure of avio: what went wrong, what to try, and the exit status.

::

    AvioError                    1   anything that ends a command
    ├── UsageError               2   the command line or an argument is wrong
    ├── InputError               1   a source cannot be opened or read
    │   └── DamagedInputError    1   ... or contains less than it declares
    ├── OutputError              1   an output cannot be written
    ├── StreamError              1   bytes on a pipe are not the expected stream
    ├── FFmpegError              1   an ffmpeg child failed; with the end of its log
    ├── CallbackError            1   a callback raised or returned an invalid value
    └── InterruptionError      130   Ctrl-C, SIGTERM or SIGHUP
"""

from collections.abc import Iterable


class AvioError(Exception):
    """A failure that is shown to the user as one line and an optional hint.

    Args:
        message: what went wrong, with names; one sentence, no full stop.
        hint: what to try; empty if nothing helps.
    """

    exit_status = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(AvioError):
    """The command line, or an argument of a function, is wrong."""

    exit_status = 2


class InputError(AvioError):
    """A source cannot be opened, read or understood."""


class DamagedInputError(InputError):
    """A source contains less than it declares: it is truncated or damaged."""


class OutputError(AvioError):
    """An output cannot be written, or must not be."""


class StreamError(AvioError):
    """The bytes on a pipe are not the expected stream."""


class FFmpegError(AvioError):
    """An ffmpeg child failed.

    Args:
        message: what went wrong.
        hint: what to try.
        status: the child's exit status; negative for the signal that ended it.
        tail: the last lines of the child's log, oldest first.
    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        status: int = 1,
        tail: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.tail = tail


class CallbackError(AvioError):
    """A user's callback raised, could not be loaded, or returned an invalid value.

    Args:
        message: what went wrong.
        hint: what to try.
        report: the traceback through the user's own code; empty where there is none.
    """

    def __init__(self, message: str, *, hint: str = "", report: str = "") -> None:
        super().__init__(message, hint=hint)
        self.report = report


class InterruptionError(AvioError):
    """The user, or the system, asked the command to end."""

    exit_status = 130


def similar_names(
    word: str, known: Iterable[str], *, count: int = 3, cutoff: float = 0.5
) -> list[str]:
    """The known names that are most like a wrong one, the nearest first."""
    import difflib  # seldom needed

    return difflib.get_close_matches(word, list(known), n=count, cutoff=cutoff)


def did_you_mean(
    word: str, known: Iterable[str], *, count: int = 3, list_all: bool = False
) -> str:
    """Hint at what a wrong name may have meant.

    Args:
        word: the name.
        known: what it could be: names that mean the same, else those that look alike.
        count: most names to propose.
        list_all: whether all are listed although some are proposed.
    """
    from avio_cli.synonyms import by_meaning  # seldom needed

    names, word = list(known), str(word)  # from Python it may be anything
    near = by_meaning(word, names)[:count] or similar_names(word, names, count=count)
    proposal = f"did you mean {' or '.join(near)}?" if near else ""
    listed = ", ".join(names if len(names) <= 20 else [*names[:20], "…"])
    if proposal and not list_all:
        return proposal
    return f"{proposal} known: {listed}".lstrip()
