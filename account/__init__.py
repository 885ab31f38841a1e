"""One's own pages under ``/account``, and the page of a one-time link, rendered on the server."""
