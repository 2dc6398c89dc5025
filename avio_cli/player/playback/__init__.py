"""Reading and showing one opened input: decode sessions, seeks, steps, clock."""
