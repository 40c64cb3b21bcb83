#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The services and clients of unit-peer and three services of `units`, over twenty kexecs in a row. Everything is
# checked after each kexec, and neither PRAM's metadata nor the memory in use may grow.
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

# The three services: one of Type=notify with a watchdog, one that forks and has a PID file, and one that requires the
# first.
if [ "$STAGE" -eq 1 ]; then
	start_units "${good[@]}"
	exits 0 pramctl enable u.slice u-exec@a.service
else
	settle "${good[@]}"
	wait_for 60 no_dropins || fail "the drop-ins still exist"
	good_went_on
fi
remember "${good[@]}"

over_kexecs 20
check "stop the three services" systemctl stop "${good[@]}"
