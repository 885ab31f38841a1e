"""The console: pages for admins under ``/admin``, rendered on the server."""
