"""`avio merge`: concatenate several files into one."""
