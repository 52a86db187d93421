"""What runs inside the sandbox: the fork server, its layers, and the children that hold candidates and tests."""
