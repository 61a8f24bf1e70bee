"""Draw what is known: pictures of labs, and what was found in them. Nothing here decides anything."""
