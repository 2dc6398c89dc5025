"""Model files opened and run, one module for each runtime."""
