"""Results in parts: their names, the index of them, and how long they are kept."""
