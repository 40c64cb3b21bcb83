#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Executable memory: what stands for it while it is taken is not executable, and a debugger can write to it. The process
# has it back afterwards, or a copy, or its later self has it.
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
