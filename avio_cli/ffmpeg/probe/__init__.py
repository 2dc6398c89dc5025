"""What a source holds, from ffprobe or from ffmpeg's report."""
