"""The source's own video for viewers: its packets as fragments of MP4, not encoded."""
