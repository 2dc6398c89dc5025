"""The tracker of a run: its options, and how it is made of them."""
