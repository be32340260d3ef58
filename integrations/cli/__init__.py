"""The command line: `hopline`. One file a group of commands; nothing heavy is imported before a command needs it."""
