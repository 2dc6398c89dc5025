"""What is known of models: names, addresses, digests, preprocessing."""
