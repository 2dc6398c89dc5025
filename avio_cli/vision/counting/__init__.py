"""Counting over lines and in zones."""
