#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# CRIU is killed at each stage. Wherever the tree lives on under stock CRIU it lives on with the plugin; where
# it does not, the nodes are whole, and a second restore brings it back.
# group: plugin-criu
# long: debug
# boot: bare
# memory: 2G
# timeout: 120

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/criulib.sh"

script=/tmp/action

# kills ACTION CMD...: that is run, and killed when it runs its scripts for ACTION. The script goes on for a
# while: nothing is held up by that.
kills()
{
	printf '#!/bin/sh\n[ "$CRTOOLS_SCRIPT_ACTION" != %s ] || { %s kill -9 $PPID; exec sleep 5; }\n' "$1" "${also:-}" >$script
	chmod +x $script
	shift
	dies "$@" --action-script $script
}

# kills_at CALL N CMD...: killed when its Nth CALL is done: see killat.c.
kills_at()
{
	local at="$1 $2"
	shift 2
	LD_PRELOAD=$preload KILLAT=$at dies "$@"
}

dies()
{
	local status=0
	"$@" 2>/dev/null || status=$?
	[ $status = 137 ] || fail "CRIU was not killed, its status is $status: $(why dump) $(why restore)"
}

# stage TEXT CMD...: kills or kills_at, and the tree lives on.
lives_on()
{
	"$@"
	lives
	say "lives on: $*"
}

lost_and_restored()
{
	"$@"
	ends
	say "whole: $*"
}

kin_starts 2

# Dump. Stock CRIU's death lets the tasks go: what it has put into them cleans up by itself.
lives_on kills_at create 1 dump
lives_on kills_at take 1 dump
lives_on kills_at take 2 dump
lives_on kills_at splice 1 dump
lives_on kills post-dump dump
no_nodes
lives_on kills_at commit 1 dump
drop_nodes
lives_on kills_at commit 2 dump
drop_nodes

# Between the tasks' ends: what was ended has its memory in the images, and what was not runs on.
kills_at kill 2 dump
wait_for 10 sh -c "! kill -0 $pid 2>/dev/null || ! kill -0 ${pids##* } 2>/dev/null" || fail "none was ended"
ends

# Restore. What is half restored does not run, and goes; the nodes stay.
# shellcheck disable=SC2086
for at in "kills pre-restore" "kills_at bind 1" "kills_at bind 2" "kills post-restore"; do
	lost_and_restored $at restore
done
check "restore" restore
lives
no_nodes
say "restored"

# From here on stock CRIU's death lets the tasks run, restored as they are.
# shellcheck disable=SC2086
for at in "kills_at open 1" "kills_at put 1" "kills pre-resume" "kills post-resume" "kills_at put 2"; do
	check "dump" dump
	lives_on $at restore
	no_nodes
done

# The tasks die as well before they run: nothing is lost by that.
check "dump" dump
also="kill -9 $pids;" lost_and_restored kills pre-resume restore
check "restore" restore
lives
no_nodes
ends
