"""Live sources: opened again after an interruption, their times continue."""
