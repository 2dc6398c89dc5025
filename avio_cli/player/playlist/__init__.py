"""The list of inputs: what is named, how each is opened, which is next."""
