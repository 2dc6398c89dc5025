"""Weights of YOLOX-nano for avio; digests.json says which file they are."""
