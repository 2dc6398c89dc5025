"""ONNX files, read and changed without a library."""
