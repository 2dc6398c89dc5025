"""The only code that knows SDL: window, textures, input events, audio device."""
