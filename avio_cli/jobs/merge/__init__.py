"""Several files one after the other in one: `avio merge`."""
