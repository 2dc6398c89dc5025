"""Scores of tracks against ground truth: HOTA, CLEAR and identity figures."""

from avio_cli.evaluation.pairing import Pairing, pair_up
from avio_cli.evaluation.rules import Rules
from avio_cli.evaluation.run import evaluate
from avio_cli.evaluation.score import Score, table

__all__ = ["Pairing", "Rules", "Score", "evaluate", "pair_up", "table"]
