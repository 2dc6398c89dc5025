"""From a command line to the first frame on screen, and to the player."""
