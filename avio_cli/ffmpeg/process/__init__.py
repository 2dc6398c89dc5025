"""The only code that starts processes."""
