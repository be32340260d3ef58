"""What has a structure: rows and tables, lists of steps, and replies under headings, as a whole and in part."""
