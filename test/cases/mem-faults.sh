#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Every allocation on the way of memory into a node and back fails once, and then any of them over
# many rounds: nothing is lost by it.
# group: mem
# boot: bare
# memory: 2G
# kernels: debug
# timeout: 90

. "${0%/*}/lib.sh"

memory_rests
for attr in failslab fail_page_alloc; do
	[ -d /sys/kernel/debug/$attr ] || skip "this kernel has no $attr"
	echo N >/sys/kernel/debug/$attr/ignore-gfp-wait
	# what fails on purpose is no complaint
	echo 0 >/sys/kernel/debug/$attr/verbose
done
echo 0 >/sys/kernel/debug/fail_page_alloc/min-order
echo N >/sys/kernel/debug/fail_page_alloc/ignore-gfp-highmem
before=$(filetest info)
out=$(memtest faults fork partial flags) || fail "$out"
say "$out"
for attr in failslab fail_page_alloc; do
	echo Y >/sys/kernel/debug/$attr/task-filter
	echo -1 >/sys/kernel/debug/$attr/times
	echo 3 >/sys/kernel/debug/$attr/probability
done
out=$(memtest chance 200 partial flags) || fail "$out"
for attr in failslab fail_page_alloc; do
	echo 0 >/sys/kernel/debug/$attr/probability
done
say "$out"
equal "left over" "$(filetest info)" "$before"
