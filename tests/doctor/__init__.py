"""Tests of avio_cli.doctor."""
