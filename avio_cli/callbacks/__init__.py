"""The user's own code: how it is loaded and called for each frame."""
