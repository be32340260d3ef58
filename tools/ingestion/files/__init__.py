"""What lies on the disk: in the folders to ingest, and in mirrors of remote sources."""
