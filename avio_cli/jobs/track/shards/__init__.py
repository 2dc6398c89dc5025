"""``avio track --shards``: parts of a video detected side by side, in children."""
