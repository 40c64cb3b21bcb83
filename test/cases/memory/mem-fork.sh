#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A process forks before it has touched its memory, which is still in a node. Parent and child each have all of it,
# and neither sees what the other writes.
# group: mem
# boot: bare
# memory: 2G
# timeout: 30

. "${0%/*}/../lib/lib.sh"

for how in taken kept armed bound; do
	out=$(timeout 20 memfork $how) || fail "$how: $out"
done
[ -z "$(filetest list)" ] || fail "nodes are left: $(filetest list)"
