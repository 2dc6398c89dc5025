"""Where a result goes: a file under a hidden name, a playlist, a server."""
