"""``python -m avio_cli`` is ``avio``."""

from avio_cli.cli.entry import main

main()
