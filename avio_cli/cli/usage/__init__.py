"""How the command line explains itself: help, hints after mistakes, completion."""
