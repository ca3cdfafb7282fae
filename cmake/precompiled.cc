// Carries the precompiled headers; nothing else is in it.
