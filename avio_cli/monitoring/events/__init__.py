"""Events of tracked objects, and the URLs and commands that get them."""
