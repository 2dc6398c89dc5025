"""``python -m avio_cli`` is ``avio``."""

from avio_cli.cli.main import main

main()
