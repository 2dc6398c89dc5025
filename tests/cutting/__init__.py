"""Tests of avio_cli.cutting."""
