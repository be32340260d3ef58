"""Who may read what is ingested."""
