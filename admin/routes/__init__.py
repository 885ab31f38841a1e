"""The pages of the console about people, libraries, groups and keys, one module each."""
