"""Measured tables: each benchmark runs the product beside a limit or a peer, in the same run on the same machine."""
