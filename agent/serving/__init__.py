"""What lets one process serve many: admission, batches, guards around the ports, caches and the knowledge's generation."""
