"""What measures trackers against ground truth: sequences, modes and their scores."""
