"""``avio transcode``: convert one source into one output."""
