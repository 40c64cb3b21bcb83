#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A service with many processes, descriptors, TCP connections or mappings, each in two sizes: dumped, ended and restored
# in the same kernel. The times have to grow linearly. In seconds of the machine, whose time is counted in instructions:
# `result size N WHAT 1 dump|restore SECONDS`.
# group: bench-size
# kernels: everyday
# timeout: 3600
# memory: 4G
# clock: counted

# shellcheck source=../../cases/lib/lib.sh
. "${0%/*}/../lib/lib.sh"
. "${0%/*}/../lib/pramlib.sh"
. "${0%/*}/../lib/rebootlib.sh"

unit=u-many.service
work=/var/lib/u-many
bin=/usr/lib/pram-test/bin
kind=$(sed -n 's/.*pram\.bench_kinds=\([^ ]*\).*/\1/p' /proc/cmdline)

# started COMMAND...: starts the service with this command, and waits until it is ready.
started()
{
	rm -rf $work
	mkdir -p $work
	cat >/etc/systemd/system/$unit <<-END
		[Service]
		ExecStart=$*
		LimitNOFILE=65536
		TasksMax=infinity
	END
	systemctl daemon-reload
	check "the service starts" systemctl start $unit
}

# seconds WHAT: prints that time of the only report.
seconds()
{
	pramctl report --json | python3 -c 'import json, sys
print(json.load(sys.stdin)["reports"][-1][sys.argv[1] + "_usec"] / 1e6)' "$1"
}

# measured N WHAT: a kexec-reboot that is called off after the verdict.
measured()
{
	local main
	main=$(prop MainPID $unit)
	exits 0 pramctl enable --no-rehearsal $unit
	refused_jump "all processes were restored"
	equal "the main PID" "$(prop MainPID $unit)" "$main"
	echo "result size $1 $2 1 dump $(seconds dump)"
	echo "result size $1 $2 1 restore $(seconds restore)"
	say "$1 $2: dump $(seconds dump) s, restore $(seconds restore) s"
}

over()
{
	exits 0 pramctl disable $unit
	systemctl stop $unit
}

# many N WHAT PROCESSES DESCRIPTORS CONNECTIONS
many()
{
	[[ ${kind:-$2} = *"$2"* ]] || return
	started $bin/many $work "$3" "$4" "$5"
	wait_for 300 test -s $work/ready || fail "the service is not ready"
	equal "what the service says" "$(cat $work/ready)" ok
	measured "$1" "$2"
	touch $work/go
	wait_for 300 test -s $work/result || fail "the service does not go on"
	equal "the result of the service" "$(cat $work/result)" ok
	over
}

mappings()
{
	[[ ${kind:-mappings} = *mappings* ]] || return
	started $bin/manymaps $work "$1" 4
	wait_for 300 test -s $work/pid || fail "the service is not ready"
	measured "$1" mappings
	over
}

# Each restore takes longer than a call of systemctl waits by default.
mkdir -p /etc/pram
printf 'DumpTimeoutSec=1800\nRestoreTimeoutSec=1800\nJumpTimeoutSec=60\n' >/etc/pram/pramd.conf
check "pramd reads its settings" systemctl reload-or-restart pramd.service
for n in 500 1000; do
	many $n processes $n 0 0
done
for n in 5000 10000; do
	many $n descriptors 0 $n 0
done
for n in 2500 5000; do
	many $n connections 0 0 $n
done
for n in 32500 65000; do
	mappings $n
done
