"""The only code that starts a process: ffmpeg found, commanded, owned and read."""
