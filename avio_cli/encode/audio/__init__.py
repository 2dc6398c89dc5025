"""Audio of an encode: encoders, channels, gaps."""
