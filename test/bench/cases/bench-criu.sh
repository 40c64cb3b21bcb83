#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# One process, dumped and restored in three ways: by CRIU with its images on a tmpfs (criu), by pramctl
# with CRIU's images moved through PRAM and no plugin (pram), and by CRIU with the plugin (plugin).
# Each measurement is a line `result SYSTEM MIB PAGES ROUND WHAT VALUE`.
# group: bench
# kernels: everyday
# timeout: 1500
# memory: 6G

# shellcheck source=../../cases/lib/lib.sh
. "${0%/*}/../lib/lib.sh"

# What pramd gives CRIU too, so that the two differ in what this system adds and in nothing else.
options=(-v4 --manage-cgroups=ignore --file-locks --ext-unix-sk)
dump_options=(--link-remap --ghost-limit 64M)
images=/run/bench-images
dir=/run/bench
plugins=/usr/lib/pram/criu
mkdir -p $images $dir
mount -t tmpfs -o mode=0700 bench $images

result()
{
	echo "result $system $mib $pages $round $*"
}

# What the kernel frees late has been freed.
free_kib()
{
	sleep 0.3
	memwatch
}

mib()
{
	awk "BEGIN { printf \"%.1f\", $1 / 1024 }"
}

seconds()
{
	awk "BEGIN { printf \"%.3f\", $2 - $1 }"
}

huge_kib()
{
	awk '/^AnonHugePages/ { print $2 }' "/proc/$pid/smaps_rollup"
}

start_hog()
{
	rm -f $dir/*
	setsid --fork hog $dir "$mib" "$pages" </dev/null >$dir/log 2>&1
	wait_for 60 test -s $dir/pid || fail "hog: $(cat $dir/log)"
	pid=$(cat $dir/pid)
}

gone()
{
	[ ! -e "/proc/$pid" ]
}

verify_hog()
{
	rm -f $dir/verdict
	kill -USR1 "$pid"
	wait_for 60 test -s $dir/verdict || fail "the process does not answer"
	equal "the process's memory" "$(cat $dir/verdict)" ok
}

# stamped CMD...: its output in $dir/steps, each line with the time at which it came
stamped()
{
	"$@" 2>&1 </dev/null | while IFS= read -r line; do
		echo "$EPOCHREALTIME $line"
	done >$dir/steps
	[ "${PIPESTATUS[0]}" -eq 0 ] || fail "$*: $(tail -n 3 $dir/steps)"
}

# at STEP: when pramctl said so
at()
{
	awk -v step="$1" 'index($0, step) { print $1; exit }' $dir/steps
}

# watched WHAT CMD...: how long it takes, until $end, and the least free memory meanwhile in $least
watched()
{
	local what=$1 start watcher
	shift
	memwatch $dir/least &
	watcher=$!
	sleep 0.1
	start=$EPOCHREALTIME
	stamped "$@"
	end=$EPOCHREALTIME
	kill $watcher
	wait $watcher
	least=$(cat $dir/least)
	result "$what" "$(seconds "$start" "$end")"
}

criu_dump()
{
	watched dump criu dump -t "$pid" -D $images -W /var/log -o bench-dump.log \
		"${options[@]}" "${dump_options[@]}" "$@"
}

plugin_dump()
{
	local words
	criu_dump --lib $plugins
	# "... N pages of PID are in node NAME, M of them copied"
	words=$(grep -ao '[0-9]* pages of [0-9]* are in node .*' /var/log/bench-dump.log)
	[ -n "$words" ] || fail "the plugin took nothing"
	words=${words##*, }
	result copied "${words%% *}"
}

# pramctl restore ends with the images gone, so here they are removed as well.
criu_restore_rm()
{
	criu restore -D $images -W /var/log -o bench-restore.log "${options[@]}" \
		--restore-detached "$@" || return
	echo removing
	rm -rf "${images:?}"/*
}

criu_restore()
{
	watched restore criu_restore_rm "$@"
	result restore-rm "$(seconds "$(at removing)" "$end")"
}

plugin_restore()
{
	criu_restore --lib $plugins
}

# The first image, which is small, is in its node when the first line comes.
pram_dump()
{
	watched dump pramctl checkpoint bench --pid "$pid"
	result dump-pram "$(seconds "$(at 'keeping images')" "$(at 'ending the tree')")"
}

pram_restore()
{
	watched restore pramctl restore bench
	result restore-pram "$(seconds "$(at 'loading images')" "$(at ': restoring')")"
}

# measure: one process's dump and restore by $system
measure()
{
	local without with least rest peak
	without=$(free_kib)
	start_hog
	with=$(free_kib)
	result own "$(mib $((without - with)))"
	result huge-before "$(mib "$(huge_kib)")"
	"${system}_dump"
	peak=$least
	wait_for 10 gone || fail "the process is still there"
	rest=$(free_kib)
	result rest "$(mib $((without - rest)))"
	"${system}_restore"
	result dump-peak "$(mib $((with - peak)))"
	result restore-peak "$(mib $((with - least)))"
	result huge-after "$(mib "$(huge_kib)")"
	verify_hog
	kill -9 "$pid"
	wait_for 10 gone || fail "the process does not die"
	result left "$(mib $((without - $(free_kib))))"
}

# pramd without the plugin
mkdir -p /etc/pram
echo 'CriuLib=' >>/etc/pram/pramd.conf
systemctl restart pramd.service || fail "pramd does not take CriuLib="

# The first run of all reads programs from the disk, and counts for nothing.
mib=16 pages=4k round=0
for system in criu pram plugin; do
	measure >/dev/null
done

# size:rounds, from the command line for a short run
sizes=$(sed -n 's/.*pram\.bench_sizes=\([^ ]*\).*/\1/p' /proc/cmdline)
check "pramctl status" pramctl status
for size in $(tr , ' ' <<<"${sizes:-64:3,256:2,1024:2}"); do
	mib=${size%:*}
	for ((round = 1; round <= ${size#*:}; round++)); do
		# whoever comes first may find the machine in another state
		order='criu pram plugin'
		[ $((round % 2)) = 1 ] || order='plugin pram criu'
		for pages in 4k thp; do
			for system in $order; do
				say "$mib MiB, $pages, $system, round $round"
				measure
			done
		done
	done
done
umount $images
