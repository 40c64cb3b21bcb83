#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Others use PRAM, or the memory of a process, while that is taken, mapped or freed.
# group: mem
# boot: bare
# memory: 2G
# timeout: 60

. "${0%/*}/../lib/lib.sh"

out=$(timeout 50 memothers remove) || fail "remove: $out"
say "remove: $out"
out=$(timeout 20 memothers hole) || fail "hole: $out"
say "hole: $out"
check "remove the node" filetest rm memtest
[ -z "$(filetest list)" ] || fail "nodes are left: $(filetest list)"
