"""What `scripts/fuzz` is made of: mutations, targets, and how a run is judged."""
