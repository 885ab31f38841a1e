"""What people and organisations may ask for: everything about a person as a file, their erasure, legal holds, and retention."""
