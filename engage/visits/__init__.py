"""State of a running visit: the session, how beacons advance it, its features."""
