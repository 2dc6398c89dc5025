"""Tracks as files: MOT rows, JSON lines, CSV, COCO video; written, read, gone on with.

Records are what a run is for, so they are kept whatever happens: written under their
final name, whole frames at a time, readable after any end of the program.
"""
