"""Scores of sequences, made of counts; and their table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from avio_cli.evaluation.clear import ClearCounts
from avio_cli.evaluation.comparison import added
from avio_cli.evaluation.hota import HotaCounts
from avio_cli.evaluation.identity import IdentityCounts


@dataclass(frozen=True, slots=True)
class Totals:
    """The counts of one sequence, or of several together."""

    hota: HotaCounts = field(default_factory=HotaCounts)
    clear: ClearCounts = field(default_factory=ClearCounts)
    identity: IdentityCounts = field(default_factory=IdentityCounts)

    def __add__(self, other: "Totals") -> "Totals":
        return added(self, other)


@dataclass(frozen=True, slots=True)
class Score:
    """The figures of one sequence, or of all together; accuracies from 0 to 100."""

    sequence: str
    hota: float
    """Higher order tracking accuracy."""
    mota: float
    """May be below 0."""
    idf1: float
    switches: int
    """Times an object's track id changed (IDSW)."""
    false_positives: int
    false_negatives: int
    det_a: float
    """Detection accuracy, a part of HOTA."""
    ass_a: float
    """Association accuracy, the other part."""
    loc_a: float
    """Localisation accuracy: the mean overlap, over HOTA's thresholds."""
    motp: float
    """Mean overlap of CLEAR's matches."""
    idp: float
    idr: float
    fragmentations: int
    """Times a track of an object was interrupted (Frag)."""
    mostly_tracked: int
    """Objects that are followed for more than 80 % of their frames (MT)."""
    partly_tracked: int
    """The others from 20 % on (PT)."""
    mostly_lost: int
    """The rest (ML)."""


def score(name: str, totals: Totals) -> Score:
    """Make the figures of counts."""
    hota, clear, identity = totals.hota, totals.clear, totals.identity
    return Score(
        sequence=name,
        hota=100 * float(hota.hota.mean()),
        mota=100 * clear.mota,
        idf1=100 * identity.idf1,
        switches=clear.switches,
        false_positives=clear.false_positives,
        false_negatives=clear.false_negatives,
        det_a=100 * float(hota.det_a.mean()),
        ass_a=100 * float(hota.ass_a.mean()),
        loc_a=100 * float(hota.loc_a.mean()),
        motp=100 * clear.motp,
        idp=100 * identity.idp,
        idr=100 * identity.idr,
        fragmentations=clear.fragmentations,
        mostly_tracked=clear.mostly_tracked,
        partly_tracked=clear.partly_tracked,
        mostly_lost=clear.mostly_lost,
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
