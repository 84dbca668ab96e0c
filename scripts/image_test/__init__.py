"""``make image-test``: builds the image, runs it, chats through it, and says what was found of what was promised."""
