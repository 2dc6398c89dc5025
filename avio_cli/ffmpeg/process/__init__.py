"""Start and own child processes: nothing else does."""
