"""Decode and play one opened input: decode sessions, seeks, steps, clock."""
