#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# One call commits the memory of several processes, or of none, while others close or commit the same nodes.
# group: mem
# boot: bare
# memory: 2G
# timeout: 120

. "${0%/*}/../lib/lib.sh"

stop_memory_daemons
before=$(filetest info)
out=$(memcommit all 4 small partial flags) || fail "all: $out"
out=$(memcommit refused medium partial) || fail "refused: $out"
out=$(memcommit all 200 medium) || fail "200 processes: $out"
for how in closing committing; do
	out=$(memcommit $how 300 medium) || fail "$how: $out"
	say "$how: $out"
done
[ -z "$(filetest list)" ] || fail "nodes are left: $(filetest list)"
equal "left over" "$(filetest info)" "$before"
