"""Appearance: what tracked objects look like, compared by a neural network."""
