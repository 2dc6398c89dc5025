"""Recordings that the player makes while it plays."""
