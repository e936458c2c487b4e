"""Audio ports: sound cards, datagrams, virtual cables, all behind one interface of two rings."""
