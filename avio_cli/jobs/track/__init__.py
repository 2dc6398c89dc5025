"""`avio track` as a library: a source detected, tracked, drawn, counted, recorded."""
