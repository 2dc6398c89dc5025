"""Records from one format into another."""
