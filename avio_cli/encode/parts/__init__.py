"""Encodes frames and audio into a result in parts."""
