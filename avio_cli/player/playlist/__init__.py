"""The list of inputs: what is named or dropped, how each is opened, which is next."""
