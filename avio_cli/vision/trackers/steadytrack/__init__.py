"""SteadyTrack: association by boxes that stay where a steadied camera expects them."""
