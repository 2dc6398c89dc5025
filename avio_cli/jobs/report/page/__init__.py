"""Recorded tracks as a page for browsers."""
