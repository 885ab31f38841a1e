"""The console's pages of test cases and of the runs over them."""
