"""Tracks of a whole file: a consensus of perturbed runs of a tracker, smoothed."""
