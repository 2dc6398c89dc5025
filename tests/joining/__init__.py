"""Tests of avio_cli.joining."""
