"""The version, apart from the package's root, which imports what it hands on."""

__version__ = "0.1.0"
