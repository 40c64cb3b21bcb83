#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Executable memory: the device mapping in its place is not executable, and a debugger can write to it. Afterwards the
# process has it back, or a copy of it, or the restored process has it.
# group: mem
# boot: bare
# memory: 2G
# timeout: 30

. "${0%/*}/../lib/lib.sh"

for how in back kept armed; do
	out=$(timeout 20 memcode $how) || fail "$how: $out"
	[ $how != kept ] || check "remove the node" filetest rm memcode
done
[ -z "$(filetest list)" ] || fail "nodes are left: $(filetest list)"
