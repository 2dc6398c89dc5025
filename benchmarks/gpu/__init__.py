"""What a GPU does for avio, compared with a CPU: run ``scripts/verify-gpu``."""
