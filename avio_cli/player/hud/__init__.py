"""The built-in HUD, and the loader of a user's own."""
