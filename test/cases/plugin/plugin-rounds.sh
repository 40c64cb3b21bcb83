#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A multi-threaded program is dumped and restored many times while it works. No page is lost, stale or exchanged with
# another page, and no page is left over.
# group: plugin-criu
# boot: bare
# memory: 2G
# rare: everyday debug
# timeout: 400

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/criulib.sh"

rounds=100
case $(uname -r) in
*-debug) rounds=20 ;;
esac
file=/tmp/busy

round()
{
	dump -v1 || fail "dump $1: $(why dump)"
	restore -v1 || fail "restore $1: $(why restore)"
	kill -USR1 "$pid"
	goes_on $file
}

finish()
{
	kill -TERM "$pid"
	ended "$pid"
	all_well $file
	case $(reported $file) in
	end*) ;;
	*) fail "the program did not finish successfully: $(reported $file)" ;;
	esac
	no_nodes
}

# Do one round before the measurement, so that the caches are filled.
starts $file busy $file 3
round 0
finish
before=$(memfree_settled)
starts $file busy $file 3
start=$(date +%s%N)
for ((i = 1; i <= rounds; i++)); do
	round $i
	[ $((i % 25)) != 0 ] || say "round $i: $(reported $file)"
done
say "$rounds rounds of $((($(date +%s%N) - start) / rounds / 1000000)) ms, then: $(reported $file)"
finish
near "free memory in KiB" "$(memfree_settled)" "$before" 2048
