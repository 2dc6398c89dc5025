"""Scores of tracks against ground truth: HOTA, CLEAR and identity figures."""

from avio_cli.evaluation.pairing import Pairing, pair_up
from avio_cli.evaluation.rules import Rules
from avio_cli.evaluation.run import evaluate, list_mistakes
from avio_cli.evaluation.score import Score, table

__all__ = ["Pairing", "Rules", "Score", "evaluate", "list_mistakes", "pair_up", "table"]
