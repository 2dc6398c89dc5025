"""Detectors: arrays in, boxes out."""
