"""Drawing into planes: boxes, labels, trails, zones."""
