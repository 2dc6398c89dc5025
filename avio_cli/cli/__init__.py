"""The command line: the only code that uses Typer, stdout and exit statuses."""
