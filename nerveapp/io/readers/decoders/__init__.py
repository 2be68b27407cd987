"""Decoders in processes of their own: a damaged or hostile file ends at most the one that reads it.

Not loky or another pool of executors: those hand over results whole, pickled, and end all work when one process dies.
Here each process serves one clip at a time, frame after frame as they are asked for, through memory both sides see;
it has a limit of memory and of time, and what it says is plain JSON that is checked, never a pickle.
"""
