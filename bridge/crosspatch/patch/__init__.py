"""The patches' room: their life, their radios, and the overs that cross them. Pure: no clock, no I/O, no thread.

`life` says what state a patch is in, `staffing` finds radios for its legs, `traffic` gives the floor and runs overs,
`sending` takes one over through one leg's radio, `fleet` knows every radio of the box. They share a `desk` where
orders, counters and the names of patches to look at again are laid down. `crosspatch.heart` joins them.
"""
