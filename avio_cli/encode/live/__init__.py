"""Results of sources that are read once: frames and audio from one decoder."""
