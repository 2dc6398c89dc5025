"""Old name of `avio_cli.records`; kept for one release."""
