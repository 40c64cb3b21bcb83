#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The services and clients of unit-peer over twenty kexecs in a row: all is checked after each, and nothing
# grows that must not.
# group: unit-rounds
# kernels: everyday debug
# rare: everyday debug
# peer: clients.py
# timeout: 400
# leaves: yes

. "${0%/*}/lib.sh"
. "${0%/*}/pramlib.sh"
. "${0%/*}/peerlib.sh"

over_kexecs 20
