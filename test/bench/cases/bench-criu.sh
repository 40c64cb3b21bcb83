#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# One process is dumped and restored in three ways: by CRIU with its images on a tmpfs (criu), by pramctl without the
# plugin, which keeps CRIU's images in PRAM (pram), and by CRIU with the plugin (plugin).
# Each measurement is a line `result SYSTEM MIB PAGES ROUND WHAT VALUE`.
# group: bench
# kernels: everyday
# timeout: 1500
# memory: 6G

# shellcheck source=../../cases/lib/lib.sh
. "${0%/*}/../lib/lib.sh"

# The same options that pramd passes to CRIU, so that the ways differ only in what pram adds.
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

# Waits until the kernel has freed memory that it frees asynchronously.
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

# stamped CMD...: writes the output of CMD to $dir/steps, each line with the time at which it was printed.
stamped()
{
	"$@" 2>&1 </dev/null | while IFS= read -r line; do
		echo "$EPOCHREALTIME $line"
	done >$dir/steps
	[ "${PIPESTATUS[0]}" -eq 0 ] || fail "$*: $(tail -n 3 $dir/steps)"
}

# at STEP: prints the time at which pramctl reported STEP.
at()
{
	awk -v step="$1" 'index($0, step) { print $1; exit }' $dir/steps
}

# watched WHAT CMD...: measures how long CMD takes, until $end, and stores the minimum of free memory in $least.
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
	# The plugin logs "... N pages of PID are in node NAME, M of them copied".
	words=$(grep -ao '[0-9]* pages of [0-9]* are in node .*' /var/log/bench-dump.log)
	[ -n "$words" ] || fail "the plugin took nothing"
	words=${words##*, }
	result copied "${words%% *}"
}

# Removes the images as well, because pramctl restore does so.
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

# When the first line is printed, the first image, which is small, is already in its node.
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

# measure: dumps and restores one process with $system.
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
	wait_for 10 gone || fail "the process was not ended"
	rest=$(free_kib)
	result rest "$(mib $((without - rest)))"
	"${system}_restore"
	result dump-peak "$(mib $((with - peak)))"
	result restore-peak "$(mib $((with - least)))"
	result huge-after "$(mib "$(huge_kib)")"
	verify_hog
	kill -9 "$pid"
	wait_for 10 gone || fail "the process could not be killed"
	result left "$(mib $((without - $(free_kib))))"
}

# Configure pramd not to use the plugin.
mkdir -p /etc/pram
echo 'CriuLib=' >>/etc/pram/pramd.conf
systemctl restart pramd.service || fail "pramd does not start with an empty CriuLib="

# The first run reads the programs from the disk, so its results are discarded.
mib=16 pages=4k round=0
for system in criu pram plugin; do
	measure >/dev/null
done

# size:rounds; for a short run, from the kernel command line
sizes=$(sed -n 's/.*pram\.bench_sizes=\([^ ]*\).*/\1/p' /proc/cmdline)
check "pramctl status" pramctl status
for size in $(tr , ' ' <<<"${sizes:-64:3,256:2,1024:2}"); do
	mib=${size%:*}
	for ((round = 1; round <= ${size#*:}; round++)); do
		# change the order in each round, because the first one may find the machine in a different state
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
