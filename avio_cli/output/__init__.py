"""Outputs: a file under a hidden name until complete, a playlist, a server."""
