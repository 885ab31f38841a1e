"""The real servers that come in pip wheels, run as children of this process under the var folder."""
