"""The admin services, one subject a file: ordinary services with SimpleIO."""
