"""What has to change in the store, by comparison with the catalogue."""
