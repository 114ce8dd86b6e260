"""A Hub on this machine: real sockets, a moving listing, and faults on demand."""
