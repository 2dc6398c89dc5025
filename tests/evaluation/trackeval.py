"""The figures of TrackEval, which avio's must equal."""

import contextlib
import io
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from avio_cli.evaluation import Pairing
from avio_cli.evaluation.score import Totals
from tests.conftest import missing


def figures_of_trackeval(
    pairs: tuple[Pairing, ...],
    lengths: Mapping[str, int],
    folder: Path,
    *,
    motchallenge: bool,
) -> dict[str, dict[str, Any]]:
    """Figures of each sequence, and of all as ``COMBINED_SEQ``, by metric family."""
    trackeval = _import()
    for pair in pairs:
        truth = folder / "gt" / pair.name / "gt" / "gt.txt"
        tracks = folder / "trackers" / "avio" / "data" / f"{pair.name}.txt"
        for path, source in ((truth, pair.truth), (tracks, pair.records)):
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, path)
    dataset = {
        "PRINT_CONFIG": False,
        "GT_FOLDER": str(folder / "gt"),
        "TRACKERS_FOLDER": str(folder / "trackers"),
        "TRACKERS_TO_EVAL": ["avio"],
        "SEQ_INFO": dict(lengths),
        "SKIP_SPLIT_FOL": True,
        "DO_PREPROC": motchallenge,
    }
    silent = ("PRINT_CONFIG", "PRINT_RESULTS", "TIME_PROGRESS", "OUTPUT_SUMMARY")
    silent += ("OUTPUT_DETAILED", "OUTPUT_EMPTY_CLASSES", "PLOT_CURVES", "USE_PARALLEL")
    options = {**dict.fromkeys(silent, False), "BREAK_ON_ERROR": True}
    names = ("HOTA", "CLEAR", "Identity")
    metrics = [getattr(trackeval.metrics, n)({"PRINT_CONFIG": False}) for n in names]
    with contextlib.redirect_stdout(io.StringIO()):
        results, _ = trackeval.Evaluator(options).evaluate(
            [trackeval.datasets.MotChallenge2DBox(dataset)], metrics
        )
    found = results["MotChallenge2DBox"]["avio"]
    return {name: found[name]["pedestrian"] for name in found}


def _import() -> Any:
    try:
        import trackeval
    except ImportError:
        missing("the package trackeval, which scripts/set-up installs,")
    return trackeval


def figures_of(totals: Totals) -> dict[str, Any]:
    """avio's figures under TrackEval's names."""
    hota, clear, identity = totals.hota, totals.clear, totals.identity
    return {
        "HOTA": hota.hota,
        "DetA": hota.det_a,
        "AssA": hota.ass_a,
        "LocA": hota.loc_a,
        "HOTA_TP": hota.matches,
        "MOTA": clear.mota,
        "MOTP": clear.motp,
        "CLR_TP": clear.matches,
        "CLR_FP": clear.false_positives,
        "CLR_FN": clear.false_negatives,
        "IDSW": clear.switches,
        "Frag": clear.fragmentations,
        "MT": clear.mostly_tracked,
        "PT": clear.partly_tracked,
        "ML": clear.mostly_lost,
        "IDTP": identity.identified,
        "IDF1": identity.idf1,
        "IDP": identity.idp,
        "IDR": identity.idr,
    }


def assert_equal(totals: Totals, expected: Mapping[str, Mapping[str, Any]]) -> None:
    """Each figure of avio is TrackEval's, to 1e-9."""
    theirs = {n: value for family in expected.values() for n, value in family.items()}
    for name, value in figures_of(totals).items():
        assert value == pytest.approx(theirs[name], abs=1e-9, rel=1e-12), name
