#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Makes each allocation fail once while memory is moved into a node and back, and then random allocations over many
# rounds. No memory is lost.
# group: mem
# long: debug
# boot: bare
# memory: 2G
# kernels: debug
# timeout: 90

. "${0%/*}/../lib/lib.sh"

stop_memory_daemons
need_faults
echo N >/sys/kernel/debug/fail_page_alloc/ignore-gfp-highmem
before=$(filetest info)
out=$(memfault each fork partial flags) || fail "$out"
say "$out"
for attr in failslab fail_page_alloc; do
	echo Y >/sys/kernel/debug/$attr/task-filter
	echo -1 >/sys/kernel/debug/$attr/times
	echo 3 >/sys/kernel/debug/$attr/probability
done
out=$(memfault chance 200 partial flags) || fail "$out"
for attr in failslab fail_page_alloc; do
	echo 0 >/sys/kernel/debug/$attr/probability
done
say "$out"
equal "left over" "$(filetest info)" "$before"
