"""Files that show recorded tracks: subtitles beside a video, or in it."""
