"""NUT, the container on the pipes: a reader and a writer, without processes."""
