"""Work in the background, whichever house it is for: a row for each piece of it, and whoever takes one up."""
