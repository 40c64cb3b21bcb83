#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# CRIU is killed at each stage. If the tree survives without the plugin, it must also survive with the plugin.
# Otherwise the nodes must be intact, and a second restore must work.
# group: plugin-criu
# long: debug
# boot: bare
# memory: 2G
# timeout: 120

. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/criulib.sh"

script=/tmp/action

# kills ACTION CMD...: runs CMD, which is killed when it runs its action scripts for ACTION. The script keeps running
# for 5 s, which must not delay anything.
kills()
{
	printf '#!/bin/sh\n[ "$CRTOOLS_SCRIPT_ACTION" != %s ] || { %s kill -9 $PPID; exec sleep 5; }\n' "$1" "${also:-}" >$script
	chmod +x $script
	shift
	dies "$@" --action-script $script
}

# kills_at CALL N CMD...: runs CMD, which is killed after its Nth CALL, see killat.c.
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
	[ $status = 137 ] || fail "CRIU was not killed, its exit status is $status: $(why dump) $(why restore)"
}

# lives_on CMD...: runs CMD, which is kills or kills_at, and checks that the tree survives.
lives_on()
{
	"$@"
	lives
	say "the tree survives: $*"
}

# Checks that no process of the tree runs: the reports do not change.
stands_still()
{
	local before
	# shellcheck disable=SC2086
	before=$(cat $reports)
	sleep 2
	# shellcheck disable=SC2086
	equal "what the tree reports" "$(cat $reports)" "$before"
}

# lost CMD...: runs CMD, which is kills or kills_at, and checks that the partially restored tree does not run. Then
# ends the tree.
lost()
{
	"$@"
	stands_still
	ends
	say "the tree does not run: $*"
}

kin_starts 2

# Dump. The tasks survive when stock CRIU is killed, because its parasite code cleans up by itself.
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

# CRIU is killed after it has ended the root and before it ends the child. The memory of the root is in the nodes, and
# the child continues.
kills_at kill 2 dump
ended "$pid"
goes_on "${reports##* }"
ends

# Restore. The partially restored tree does not run, and the nodes are kept.
# shellcheck disable=SC2086
for at in "kills pre-restore" "kills_at bind 1" "kills_at bind 2" "kills post-restore"; do
	lost $at restore
done
check "restore" restore
lives
no_nodes
say "restored"

# From this point on the tasks are restored and continue to run when stock CRIU is killed.
# shellcheck disable=SC2086
for at in "kills_at open 1" "kills_at put 1" "kills pre-resume" "kills post-resume" "kills_at put 2"; do
	check "dump" dump
	lives_on $at restore
	no_nodes
done

# CRIU and the tasks are killed before the tasks run: their nodes are kept.
check "dump" dump
also="kill -9 $pids;" lost kills pre-resume restore
check "restore" restore
lives
no_nodes
ends
