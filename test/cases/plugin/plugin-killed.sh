#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# CRIU is killed at each stage. Where the tree lives on without the plugin, it does so with it. Where it does not, the
# nodes are whole, and a second restore brings it back.
# group: plugin-criu
# long: debug
# boot: bare
# memory: 2G
# timeout: 120

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/criulib.sh"

script=/tmp/action

# kills ACTION CMD...: runs CMD, which is killed when it runs its scripts for ACTION. The script runs on for a while,
# which must not hold up anything.
kills()
{
	printf '#!/bin/sh\n[ "$CRTOOLS_SCRIPT_ACTION" != %s ] || { %s kill -9 $PPID; exec sleep 5; }\n' "$1" "${also:-}" >$script
	chmod +x $script
	shift
	dies "$@" --action-script $script
}

# kills_at CALL N CMD...: runs CMD, which is killed when its Nth CALL is done, see killat.c.
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

# lives_on CMD...: kills or kills_at, and the tree lives on.
lives_on()
{
	"$@"
	lives
	say "lives on: $*"
}

# Of the tree in $pids none runs: what it reports stays as it is.
stands_still()
{
	local before
	# shellcheck disable=SC2086
	before=$(cat $reports)
	sleep 2
	# shellcheck disable=SC2086
	equal "what the tree reports" "$(cat $reports)" "$before"
}

# lost CMD...: kills or kills_at, and what is half restored does not run.
lost()
{
	"$@"
	stands_still
	ends
	say "whole: $*"
}

kin_starts 2

# Dump. When stock CRIU dies the tasks go on: what it has put into them cleans up by itself.
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

# Between the tasks' ends: the root has been ended, and its memory is in the nodes; the child runs on.
kills_at kill 2 dump
ended "$pid"
goes_on "${reports##* }"
ends

# Restore. What is half restored does not run; the nodes stay.
# shellcheck disable=SC2086
for at in "kills pre-restore" "kills_at bind 1" "kills_at bind 2" "kills post-restore"; do
	lost $at restore
done
check "restore" restore
lives
no_nodes
say "restored"

# From here on the tasks run when stock CRIU dies, restored as they are.
# shellcheck disable=SC2086
for at in "kills_at open 1" "kills_at put 1" "kills pre-resume" "kills post-resume" "kills_at put 2"; do
	check "dump" dump
	lives_on $at restore
	no_nodes
done

# The tasks are killed as well before they run: their nodes stay.
check "dump" dump
also="kill -9 $pids;" lost kills pre-resume restore
check "restore" restore
lives
no_nodes
ends
