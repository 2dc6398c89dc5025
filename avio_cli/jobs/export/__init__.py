"""`avio export`: convert a model, and compare it with its source."""
