"""Old name of `avio_cli.encode` and `avio_cli.records`; kept for one release."""
