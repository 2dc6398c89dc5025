"""Track records: MOT, JSON Lines, CSV and COCO video; write, read and resume.

Records are the purpose of a run, so they survive a failure: written under their final
name, whole frames at a time, readable however the program ends.
"""
