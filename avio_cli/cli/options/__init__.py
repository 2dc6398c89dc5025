"""Options that several commands share, or that would fill a command's file."""
