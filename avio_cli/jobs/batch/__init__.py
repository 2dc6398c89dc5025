"""``avio batch``: one command over many files."""
