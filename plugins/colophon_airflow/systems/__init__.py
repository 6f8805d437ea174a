"""The six systems: for each its hook, the form of its connection type, how it is waited for, and the operators of its channel."""
