"""What finds values in one message: by their own shape, by the words around them, or by what was asked before."""
