"""Cameras, screens and microphones: how they are named, found and opened."""
