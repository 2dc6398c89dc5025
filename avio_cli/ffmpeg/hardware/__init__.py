"""Hardware devices: their table, trial runs, and a cache of the results."""
