"""Which documents have been replaced by others."""
