#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The services and clients of unit-peer, and three of those of `units`, over twenty kexecs in a row: all is
# checked after each, and nothing grows that must not.
# group: unit-rounds
# kernels: everyday debug
# rare: everyday debug
# peer: clients.py
# timeout: 400
# leaves: yes

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"
. "${0%/*}/../lib/unitlib.sh"
. "${0%/*}/../lib/peerlib.sh"

# A notify service with its watchdog, one that forks and has a pid file, and one that requires the first.
if [ "$STAGE" -eq 1 ]; then
	start_units "${good[@]}"
	exits 0 pramctl enable u.slice u-exec@a.service
else
	settle "${good[@]}"
	wait_for 60 no_dropins || fail "the drop-ins are still there"
	good_went_on
fi
remember "${good[@]}"

over_kexecs 20
check "the others stop" systemctl stop "${good[@]}"
