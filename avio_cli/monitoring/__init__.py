"""What a run says of itself while it goes on: events, metrics, a line each minute."""
