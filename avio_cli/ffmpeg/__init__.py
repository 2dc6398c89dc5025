"""ffmpeg: find it, build its commands, run it, read what it reports."""
