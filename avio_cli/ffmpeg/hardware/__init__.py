"""Hardware devices: the table of them, trials, and what trials found."""
