"""Formats of annotators and data tools: files that are written as a whole."""
