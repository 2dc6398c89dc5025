"""A model from one form into another, compared with its source before it is kept."""
