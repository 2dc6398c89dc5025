"""Detection models: names, URLs, digests, preprocessing."""
