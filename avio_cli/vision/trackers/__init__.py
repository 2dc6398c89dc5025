"""Trackers: boxes in, boxes with track ids out."""
