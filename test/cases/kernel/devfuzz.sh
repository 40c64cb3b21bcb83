#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Calls of /dev/pram in random order from two processes. Afterwards all nodes can be removed, the counters and the free
# memory are as before, and the kernel has no complaint. For an hour with KASAN, and to repeat a seed:
#   test/vm/run --kernel kasan --case devfuzz --set FUZZ_SECONDS=3600 --set FUZZ_SEED=1
# group: devfuzz
# boot: bare
# long: everyday debug
# timeout: 240

. "${0%/*}/../lib/lib.sh"

before=$(memfree_settled)
out=$(devfuzz "${FUZZ_SECONDS:-30}" ${FUZZ_SEED:+"$FUZZ_SEED"} 2>&1) || fail "devfuzz: $out"
say "$out"
equal "the nodes" "$(filetest list)" ""
near "free memory in KiB" "$(memfree_settled)" "$before" 4096
