"""Tables of our own: the same SQL over one SQLite file, or over Postgres for several processes and machines."""
