"""Copies of streams: their range, their times, what an edit list hides."""
