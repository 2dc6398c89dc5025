"""Continue an interrupted run: what is stored of it, and what is taken up again."""
