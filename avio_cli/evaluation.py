"""Evaluate tracks: HOTA, MOTA, IDF1 by TrackEval, on MOTChallenge files."""

import configparser
import contextlib
import io
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from avio_cli.errors import AvioError, InputError

_INSTALL = 'pip install "avio-cli[eval]"'
_NAME = "avio"


@dataclass(frozen=True, slots=True)
class Score:
    """The figures of one sequence, or of all together."""

    sequence: str
    hota: float
    """Higher order tracking accuracy, 0 to 100."""
    mota: float
    idf1: float
    switches: int
    """Times an object's track id changed (IDSW)."""
    false_positives: int
    false_negatives: int


@dataclass(frozen=True, slots=True)
class Pairing:
    """One sequence: its tracks and its ground truth."""

    name: str
    records: Path
    truth: Path


def evaluate(records: Path, truth: Path) -> tuple[Score, ...]:
    """Compare tracks with ground truth.

    Args:
        records: a MOT-format file, or a folder of them named after the sequences.
        truth: a MOT-format file, or a folder of sequences (``NAME/gt/gt.txt``, or
            ``NAME.txt``).

    Returns:
        A score for each sequence and, if there are several, one for all together,
        named ``COMBINED``.

    Raises:
        InputError: a file is missing, or is not in MOT format.
        AvioError: TrackEval is not installed.
    """
    pairs = pair_up(records, truth)
    with tempfile.TemporaryDirectory(prefix="avio-") as folder:
        lengths = {pair.name: _lay_out(pair, Path(folder)) for pair in pairs}
        results = _run(Path(folder), lengths)
    names = [pair.name for pair in pairs]
    if len(names) > 1:
        names.append("COMBINED_SEQ")
    return tuple(_score(name, results[name]["pedestrian"]) for name in names)


def pair_up(records: Path, truth: Path) -> tuple[Pairing, ...]:
    """Find the ground truth of each file of tracks.

    Raises:
        InputError: something is missing.
    """
    for path in (records, truth):
        if not path.exists():
            raise InputError(f"no such file or folder: {path}")
    if records.is_file():
        return (Pairing(records.stem, records, _truth_file(truth, records.stem)),)
    files = sorted(records.glob("*.txt"))
    if not files:
        raise InputError(f"{records} contains no .txt file of tracks")
    if truth.is_file():
        raise InputError(
            f"{records} is a folder, {truth} a file", hint="give a folder of sequences"
        )
    return tuple(Pairing(f.stem, f, _truth_file(truth, f.stem)) for f in files)


def _truth_file(truth: Path, name: str) -> Path:
    if truth.is_file():
        return truth
    candidates = (
        truth / name / "gt" / "gt.txt",
        truth / f"{name}.txt",
        truth / "gt" / "gt.txt",
    )
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise InputError(
        f"there is no ground truth for {name} in {truth}",
        hint=f"expected {candidates[0]} or {candidates[1]}",
    )


def _lay_out(pair: Pairing, folder: Path) -> int:
    """Write a pair where TrackEval looks for it; returns the sequence's length."""
    truth, last_true = _normalised(pair.truth, truth=True)
    tracks, last_tracked = _normalised(pair.records, truth=False)
    for path, text in (
        (folder / "gt" / pair.name / "gt" / "gt.txt", truth),
        (folder / "trackers" / _NAME / "data" / f"{pair.name}.txt", tracks),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return max(last_true, last_tracked, _declared_length(pair.truth), 1)


def _normalised(path: Path, *, truth: bool) -> tuple[str, int]:
    """Rows with nine plain columns; returns them and the last frame number."""
    rows, last = [], 0
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        if not line.strip():
            continue
        fields = [field.strip() for field in line.split(",")]
        try:
            values = [float(field) for field in fields[:9]]
        except ValueError:
            values = []
        if len(values) < 6 or values[0] < 1:
            raise InputError(
                f"{path}, line {number}: this is not MOT format",
                hint="frame,id,x,y,w,h,score,… with frames counted from 1",
            )
        values += [1.0, 1.0, 1.0][len(values) - 6 :] if len(values) < 9 else []
        if not truth:
            values[6:9] = [values[6], -1, -1]
        rows.append(",".join(f"{value:.10g}" for value in values))
        last = max(last, int(values[0]))
    return "\n".join(rows) + "\n", last


def _declared_length(truth: Path) -> int:
    seqinfo = truth.parent.parent / "seqinfo.ini"
    if not seqinfo.is_file():
        return 0
    parser = configparser.ConfigParser()
    with contextlib.suppress(configparser.Error, KeyError, ValueError):
        parser.read(seqinfo)
        return int(parser["Sequence"]["seqLength"])
    return 0


def _has_classes(folder: Path) -> bool:
    """Whether the ground truth uses MOTChallenge's classes, so that its rules apply."""
    for file in (folder / "gt").glob("*/gt/gt.txt"):
        for row in file.read_text().split():
            if float(row.split(",")[7]) not in range(1, 14):
                return False
    return True


def _run(folder: Path, lengths: dict[str, int]) -> dict[str, Any]:
    try:
        import trackeval  # type: ignore[import-untyped]  # it ships no types
    except ImportError:
        raise AvioError(
            "evaluation needs TrackEval, which is not installed", hint=_INSTALL
        ) from None
    quiet = {"PRINT_CONFIG": False}
    dataset = {
        **quiet,
        "GT_FOLDER": str(folder / "gt"),
        "TRACKERS_FOLDER": str(folder / "trackers"),
        "TRACKERS_TO_EVAL": [_NAME],
        "SEQ_INFO": lengths,
        "SKIP_SPLIT_FOL": True,
        "DO_PREPROC": _has_classes(folder),
    }
    silent = dict.fromkeys(
        (
            *("PRINT_RESULTS", "TIME_PROGRESS", "OUTPUT_SUMMARY", "PLOT_CURVES"),
            *("OUTPUT_DETAILED", "OUTPUT_EMPTY_CLASSES", "USE_PARALLEL"),
        ),
        False,
    )
    metrics = trackeval.metrics
    with contextlib.redirect_stdout(io.StringIO()):
        evaluator = trackeval.Evaluator({**quiet, **silent, "BREAK_ON_ERROR": True})
        results, _ = evaluator.evaluate(
            [trackeval.datasets.MotChallenge2DBox(dataset)],
            [metrics.HOTA(quiet), metrics.CLEAR(quiet), metrics.Identity(quiet)],
        )
    scores: dict[str, Any] = results["MotChallenge2DBox"][_NAME]
    return scores


def _score(name: str, results: dict[str, Any]) -> Score:
    clear = results["CLEAR"]
    return Score(
        name.removesuffix("_SEQ"),
        100 * float(results["HOTA"]["HOTA"].mean()),
        100 * float(clear["MOTA"]),
        100 * float(results["Identity"]["IDF1"]),
        int(clear["IDSW"]),
        int(clear["CLR_FP"]),
        int(clear["CLR_FN"]),
    )


def table(scores: Sequence[Score]) -> Iterator[str]:
    """The scores as lines of text, aligned."""
    width = max(8, *(len(score.sequence) for score in scores))
    yield f"{'sequence':<{width}}   HOTA   MOTA   IDF1   IDSW     FP     FN"
    for s in scores:
        yield (
            f"{s.sequence:<{width}} {s.hota:6.2f} {s.mota:6.2f} {s.idf1:6.2f} "
            f"{s.switches:6d} {s.false_positives:6d} {s.false_negatives:6d}"
        )
