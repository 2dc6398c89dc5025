"""The command line: the only code that knows Typer, stdout and exit statuses."""
