"""What becomes of tracks before they are shown: voted classes, least length, ids."""
