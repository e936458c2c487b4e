"""The patches' room: their life, their radios, and the overs that cross them. Pure: no clock, no I/O, no thread.

`life` says what state a patch is in, `staffing` finds radios for its legs (`line`: who waits for one), `traffic` knows
who speaks, `giving` gives the floor (`waiting`: who is recorded without it), `overs` runs overs to their end, `sending`
takes one over through one leg's radio, `fleet` knows every radio of the box. `commanding` obeys people, `consent` asks
the owners of networks. `loops` breaks circles outside of the box, `relay` passes short messages on, `notices` and
`telling` tell crews. They share a `desk` where orders, counters and the names of patches to look at again are laid
down. `crosspatch.heart` joins them.
"""
