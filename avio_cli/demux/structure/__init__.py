"""Holes that ffmpeg's demuxers pass over in silence: each container's structure."""
