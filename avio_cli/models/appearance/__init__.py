"""Models of appearance: how they are fed, and which are known by name."""
