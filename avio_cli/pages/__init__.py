"""Pages for browsers: what they are made of, and how it becomes one file."""
