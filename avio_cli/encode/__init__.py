"""Encoding: frames in, a finished file out."""
