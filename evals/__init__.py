"""The held-out harness: runs engines through environments and says how sure a score is."""
