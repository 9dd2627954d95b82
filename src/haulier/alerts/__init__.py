"""One file for each way to tell somebody outside what happened."""
