"""Words that every house shares; standard library only."""
