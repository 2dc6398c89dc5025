"""The built-in HUD, and the loading of a user's own."""
