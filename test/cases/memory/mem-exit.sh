#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A process that is killed after its memory was committed, or before its restore is complete, leaves no trace in its
# node or in shared memory. One that is killed before the commit does.
# group: mem
# boot: bare
# memory: 2G
# timeout: 30

. "${0%/*}/../lib/lib.sh"

for how in taken kept bound armed; do
	out=$(timeout 20 memexit $how) || fail "$how: $out"
done
[ -z "$(filetest list)" ] || fail "nodes are left: $(filetest list)"
