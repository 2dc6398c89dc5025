"""What avio costs, side by side with others: run ``python -m benchmarks``."""
