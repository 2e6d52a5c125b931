"""The servers of fanout.py and rooms.py, all doing the same.

Listeners hear what is published to "offers" through Redis; the two sides and the watcher of a room hear each message
through Redis, and who said it is told with an ack.
"""
