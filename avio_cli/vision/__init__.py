"""Arrays in, arrays out: detection, tracking and drawing."""
