"""What becomes of every stream in a container, and whether the result holds it."""
