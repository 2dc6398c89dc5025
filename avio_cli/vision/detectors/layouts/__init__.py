"""One module for each family of output layouts: from tensors to candidates."""
