"""lvslab: a testbed for Linux Virtual Server clusters on real virtual machines."""
