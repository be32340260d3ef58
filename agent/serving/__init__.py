"""What lets one process serve many: admission, batches, guards around the ports, caches, checkpoints."""
