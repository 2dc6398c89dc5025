"""What the encoder's pipe carries of the frames that Python sends."""
