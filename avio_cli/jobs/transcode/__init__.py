"""``avio transcode``: one source into one result."""
