"""One folder for each command's job."""
