"""The dry run: real rules, patches, floors and radios' protocol over recorded tracks and traffic, in virtual time."""
