# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Runs ZDTM tests in the VM. Source this file after lib.sh. It replaces zdtm.py of ZDTM, which needs many Python
# modules. Like zdtm.py, it starts a test and waits until it is ready, dumps and restores it, and sends SIGTERM to make
# it check its state. Unlike zdtm.py, it compares the mappings of the tree in all flavours.

zdtm=/usr/lib/pram-test/zdtm
plugin_dir=/usr/lib/pram/criu
zdtm_work=/tmp/zdtm # a tmpfs, so that images need no disk I/O
zdtm_timeout=30     # time limit of a step in seconds; longer on a debug kernel
case $(uname -r) in
*-debug) zdtm_timeout=120 ;;
esac

# short_sleep: sleeps for 30 ms without forking, because this is called often.
exec 9<> <(:)
short_sleep()
{
	read -r -t 0.03 -u 9
	return 0
}

# tree PID: sets $pids to the process and all its descendants.
tree()
{
	local i kids
	pids=("$1")
	for ((i = 0; i < ${#pids[@]}; i++)); do
		kids=$(cat "/proc/${pids[i]}"/task/*/children 2>/dev/null)
		# shellcheck disable=SC2206
		pids+=($kids)
	done
}

gone()
{
	local end=$((SECONDS + zdtm_timeout)) pid
	for pid in "$@"; do
		while [ -e "/proc/$pid" ]; do
			[ $SECONDS -lt $end ] || return 1
			short_sleep
		done
	done
}

# Prints the mappings of the processes $pids with address, protection, file and flags. Processes are identified by the
# PID in their own PID namespace. Adjacent mappings with equal properties are joined, because the kernel may merge them
# or not.
mappings()
{
	local pid files=()
	for pid in "${pids[@]}"; do
		files+=("/proc/$pid/status" "/proc/$pid/smaps")
	done
	awk '
	function put() { if (key != "") print key, from "-" to }
	/^NSpid:/ { inner = $NF }
	/^[0-9a-f]+-[0-9a-f]+ / {
		split($1, range, "-")
		# CRIU restores shared anonymous memory as a memfd
		sub("^/memfd:/dev/zero", "/dev/zero", $6)
		what = inner " " $2
		for (i = 6; i <= NF; i++)
			what = what " " $i
		file = $6 ~ "^/"
	}
	/^VmFlags:/ {
		# ignore "sd", the soft-dirty state, and "ac" of files, which changes when CRIU maps
		# a file writable
		for (i = 2; i <= NF; i++)
			if ($i != "sd" && ($i != "ac" || !file))
				what = what " " $i
		if (what == key && range[1] == to) {
			to = range[2]
		} else {
			put()
			key = what
			from = range[1]
			to = range[2]
		}
	}
	END { put() }' "${files[@]}" | sort
}

# Runs CRIU with a time limit, so that a hanging CRIU fails only one test.
zdtm_criu()
{
	timeout -k 5 $((2 * zdtm_timeout)) criu "$@" -D "$img" -v4 "${criu_lib[@]}"
}

# Makes a root for tests that run in their own namespaces: the libraries that they need, and devices. /dev/pram is one
# of the devices, as an administrator would configure it for a container.
zdtm_root()
{
	local dir=$zdtm_work/root lib
	mkdir -p "$dir" "$zdtm_work/dev"
	mount --bind "$dir" "$dir"
	mount --make-private "$dir"
	mkdir "$dir"/{bin,sbin,etc,lib,lib64,dev,tmp,usr,proc,run}
	for lib in bin sbin lib lib64; do
		ln -s "../$lib" "$dir/usr/$lib"
	done
	ldd $zdtm/static/maps00 | grep -o '/[^ ]*' | while read -r lib; do
		install -D "$lib" "$dir$lib"
	done
	mount -t tmpfs zdtm-dev "$zdtm_work/dev"
	mkdir "$zdtm_work"/dev/{pts,net}
	for lib in null tty pram; do
		cp -a "/dev/$lib" "$zdtm_work/dev"
		chmod 666 "$zdtm_work/dev/$lib"
	done
}

# zdtm_start NAME IDS FLAVOUR ARGS: starts a test and waits until it is ready. Sets $pid.
zdtm_start()
{
	local program=$zdtm/$1 ids=$2 flavour=$3 args=$4 environ=()
	[ "$ids" = suid ] || environ=(ZDTM_UID=18943 ZDTM_GID=58467 "ZDTM_GROUPS=27495 48244")
	if [ "$flavour" = ns ]; then
		cp "$program" .
		program=./${1##*/}
		environ+=(ZDTM_NEWNS=1 "ZDTM_ROOT=$zdtm_work/root" "ZDTM_DEV=$zdtm_work/dev")
	fi
	# shellcheck disable=SC2086
	env "${environ[@]}" timeout $zdtm_timeout "$program" --pidfile=test.pid \
		--outfile=test.out $args </dev/null >start.log 2>&1 9<&- || return 1
	read -r pid <test.pid || [ -n "$pid" ]
}

# why LOG: prints CRIU's first error.
why()
{
	grep -a 'Error' "$1" | head -n 1 | sed 's/^([0-9. ]*) *//'
}

# zdtm_finish: makes the test check its state. Sets $reason if it fails.
zdtm_finish()
{
	local said=test.out
	reason=
	if ! kill -TERM "$pid"; then
		reason="the test has ended by itself"
	elif ! gone "$pid"; then
		reason="the test does not end"
	elif ! tail -n 1 test.out | grep -qw PASS; then
		reason="the test does not report PASS"
	fi
	[ -z "$reason" ] && return
	[ -e $said ] || said=test.out.inprogress
	reason="$reason: $(grep -E 'FAIL|ERR|rror' $said | head -n 1 | cut -c1-160)"
}

# zdtm_round LINE: runs one test of the table. Sets $reason, which is empty if the test passes, $same to whether the
# mappings are unchanged, and $changed to the first change. $criu_lib has additional options for CRIU.
zdtm_round()
{
	local name ids result flavour dopts ropts args ns
	IFS='|' read -r name ids result flavour dopts ropts args _ <<<"$1"
	pid=
	same=yes changed=
	if [ "$flavour" = ns ]; then
		# its network namespace has only a loopback interface, so no network lock is needed
		ns="--root $zdtm_work/root --network-lock skip --external"
		dopts="$dopts $ns mnt[/dev]:ZDTM_DEV"
		ropts="$ropts $ns mnt[ZDTM_DEV]:$zdtm_work/dev"
	fi
	if ! zdtm_start "$name" "$ids" "$flavour" "$args"; then
		reason="start: $(tail -q -n 2 start.log test.out.inprogress | tr '\n' ' ')"
		return
	fi
	tree "$pid"
	mappings >before
	# shellcheck disable=SC2086
	if ! zdtm_criu dump -t "$pid" -o dump.log --timeout $zdtm_timeout $dopts; then
		reason="dump: $(why "$img/dump.log")"
		[ "$result" = pass ] || zdtm_finish
		return
	fi
	if [ "$result" = crfail ]; then
		reason="CRIU has dumped it, but must refuse it"
		return
	fi
	if ! gone "${pids[@]}"; then
		reason="the test was not ended by the dump"
		return
	fi
	# shellcheck disable=SC2086
	if ! zdtm_criu restore -d -o restore.log --pidfile "$img/pid" $ropts; then
		reason="restore: $(why "$img/restore.log")"
		return
	fi
	# in its own namespaces, the test has another PID in the root namespace than before
	read -r pid <"$img/pid" || [ -n "$pid" ]
	tree "$pid"
	mappings >after
	case $name in
	# Do not compare these: transition tests change their mappings while they run, and pthread_timers starts a
	# thread for each notification.
	static/pthread_timers*) ;;
	static/*)
		cmp -s before after || same=no
		changed=$(diff before after | sed '1d' | head -n 1)
		;;
	esac
	zdtm_finish
}

# zdtm_test LINE WORD [ARGS]: runs a test in its own directories, whose names contain WORD. ARGS are options for CRIU.
zdtm_test()
{
	local start dir=$zdtm_work/root/${1%%|*}.$2 img=$zdtm_work/img/${1%%|*}.$2
	rm -rf "$dir" "$img"
	mkdir -p "$dir" "$img"
	chmod 777 "$dir"
	criu_lib=("${@:3}")
	cd "$dir" || fail "$dir"
	start=${EPOCHREALTIME/./}
	zdtm_round "$1" 2>err.log
	if [ -n "$reason" ] && [ -n "$pid" ]; then
		tree "$pid"
		kill -9 "${pids[@]}" 2>/dev/null
		gone "${pids[@]}" || reason="$reason; and the test cannot be killed"
	fi
	took=$(((${EPOCHREALTIME/./} - start) / 100000))
	moved=0 copied=0
	[ $# -lt 3 ] || read -r moved copied < <(awk '/pram_plugin: [0-9]+ pages of/ {
		for (i = 2; i < NF; i++) {
			if ($i == "pages") moved += $(i - 1)
			if ($i == "of" && $(i + 1) == "them") copied += $(i - 1)
		}
	} END { print moved + 0, copied + 0 }' "$img/dump.log" 2>/dev/null)
	moved=${moved:-0} copied=${copied:-0}
	cd /
}

# left_over: removes the nodes that are left over and prints their names.
left_over()
{
	local node
	filetest list | while read -r node _; do
		echo -n " $node"
		filetest rm "$node"
	done
}

# zdtm_one LINE: runs a test without the plugin and, if it passes, with the plugin. Prints the line for the table.
zdtm_one()
{
	local name=${1%%|*} without=pass with=- note nodes was was_changed took1
	[[ $1 != *'|ns|'* ]] || name="$name (ns)"
	zdtm_test "$1" without
	note=$reason was=$same was_changed=$changed took1=$took
	if [ -n "$note" ]; then
		without=fails took=0
	else
		# Move small mappings as well. Copy pages that are shared since a fork, except in tests that
		# check this sharing.
		[[ ${1##*|} == *shared* ]] || export PRAM_MAX_SHARED=0
		PRAM_MIN_BYTES=4096 zdtm_test "$1" with --lib $plugin_dir
		unset PRAM_MAX_SHARED
		nodes=$(left_over)
		with=pass note=$reason
		[ -z "$nodes" ] || note="$note; left in PRAM:$nodes"
		if [ $was = yes ] && [ $same = no ]; then
			note="$note; the mappings have changed: $changed"
		fi
		[ -z "$note" ] || with=FAILS
		# If the mappings change without the plugin as well, they are not compared.
		[ $was = yes ] || note="$note(mappings change without the plugin: $was_changed)"
		passed=$((passed + 1))
		all_moved=$((all_moved + moved))
	fi
	[ $with != FAILS ] || failed="$failed ${name// /}"
	say "$(printf '%-38s %-7s %-7s %6s %6s %3d.%d %3d.%d  %s' "$name" $without $with "$moved" \
		"$copied" $((took1 / 10)) $((took1 % 10)) $((took / 10)) $((took % 10)) "$note")"
}

# zdtm_table SET MINIMUM [DEBUG]: runs the tests of SET, on a debug kernel only those that are marked for it. Tests that
# pass without the plugin must also pass with it. At least MINIMUM tests (debug kernel: DEBUG) must pass without it.
zdtm_table()
{
	local set=$1 minimum=$2 lines line words passed=0 failed='' all_moved=0 out=0
	[ -s $zdtm/tests ] || fail "ZDTM is not installed; the output of test/zdtm/build has the reason"
	zdtm_root
	# maps03 maps 10 GiB, but touches only two pages
	echo 1 >/proc/sys/vm/overcommit_memory
	say "$(printf '%-38s %-7s %-7s %6s %6s %5s %5s  %s' test without with moved copied s s \
		'reason, if it is not compared or fails')"
	mapfile -t lines <$zdtm/tests
	for line in "${lines[@]}"; do
		words=" ${line##*|} "
		[[ $words == *" $set "* ]] || continue
		if [[ $(uname -r) == *-debug && $words != *" debug "* ]]; then
			out=$((out + 1))
			continue
		fi
		zdtm_one "$line"
	done
	if [ $out -gt 0 ]; then
		say "$out more tests are not run on a debug kernel, because it is slow"
		minimum=${3:-$minimum}
	fi
	[ -z "$failed" ] || fail "tests that fail only with the plugin:$failed"
	[ $passed -ge "$minimum" ] || fail "only $passed tests pass without the plugin, expected $minimum"
	[ $all_moved -gt 0 ] || fail "the plugin moved nothing"
	say "$passed tests pass with and without the plugin, which moved $all_moved pages"
}
