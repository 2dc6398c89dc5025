"""Old name of `avio_cli.decode`; kept for one release."""
