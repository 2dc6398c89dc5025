"""``avio snapshot``: one frame of a file as an image."""
