"""The command line; it calls the library, draws progress and turns errors into one line."""
