#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The outage of a service: kept over the kexec, compared with a plain kexec that restarts the service. Measured from its
# last beat to the next one, in ticks of the time stamp counter, and as pramctl report shows it:
# `result outage MIB WAY ROUND WHAT VALUE`. WAY is bare, kept, or crowd: kept among 25 services. The VM's time is
# counted in instructions, otherwise other load on the host would cause most of the difference.
# group: bench-outage
# kernels: everyday
# timeout: 900
# leaves: yes
# memory: 4G
# clock: counted

# shellcheck source=../../cases/lib/lib.sh
. "${0%/*}/../lib/lib.sh"

unit=u-beat.service
dir=/var/lib/u-beat
crowd=24
rounds=$(sed -n 's/.*pram\.bench_outages=\([^ ]*\).*/\1/p' /proc/cmdline)
turns=()
for ((i = 1; i <= ${rounds:-2}; i++)); do
	turns+=("bare 64 $i" "kept 64 $i" "bare 1024 $i" "kept 1024 $i" "crowd 64 $i")
done

note()
{
	echo "result outage $*" >>"$CASE_DIR/results"
}

others()
{
	seq -f 'u-crowd@%g.service' $crowd
}

make_unit()
{
	mkdir -p $dir
	cat >/etc/systemd/system/$unit <<-END
		[Service]
		EnvironmentFile=$dir/env
		ExecStart=/usr/lib/pram-test/bin/beat $dir \$MIB
		[Install]
		WantedBy=multi-user.target
	END
	cat >/etc/systemd/system/u-crowd@.service <<-END
		[Service]
		StateDirectory=u-crowd/%i
		ExecStart=/usr/lib/pram-test/bin/beat /var/lib/u-crowd/%i 16 1000
		[Install]
		WantedBy=multi-user.target
	END
	systemctl daemon-reload
	systemctl --quiet enable $unit
	note 0 tsc 0 mhz "$(dmesg | sed -n 's/.*tsc: Detected \([0-9.]*\) MHz.*/\1/p' | tail -n 1)"
}

# all_reported WAY: pramctl report has the outage of each service that was kept.
all_reported()
{
	local n=1
	[ "$1" = kept ] || n=$((crowd + 1))
	[ "$(pramctl report --json | grep -c '"outage_usec"')" = $n ]
}

# Records the outage of the kexec at the end of the previous stage.
arrived()
{
	local way=$1 mib=$2 round=$3 how ticks what value
	wait_for 120 test -s $dir/gaps || fail "the service does not beat: $(systemctl status $unit)"
	read -r how ticks <$dir/gaps
	case $way in
	bare) equal "how the service came back, $way" "$how" started ;;
	*) equal "how the service came back, $way" "$how" restored ;;
	esac
	note "$mib" "$way" "$round" outage "$ticks"
	[ "$way" != bare ] || return
	wait_for 120 all_reported "$way" || fail "pramctl report does not show all services: $(pramctl report)"
	while read -r what value; do
		note "$mib" "$way" "$round" "$what" "$value"
	done < <(pramctl report --json | python3 -c 'import json, sys
mine = next(r for r in json.load(sys.stdin)["reports"] if r["name"] == sys.argv[1])
for k, v in mine.items():
    if k.endswith("_usec") and "realtime" not in k and k != "outage_usec": print(k[:-5], v / 1e6)' $unit)
	[ "$way" = kept ] || leave_crowd
}

# shellcheck disable=SC2046
leave_crowd()
{
	exits 0 pramctl disable $(others)
	check "the other services stop" systemctl --quiet disable --now $(others)
}

# shellcheck disable=SC2046
join_crowd()
{
	check "the other services start" systemctl --quiet enable --now $(others)
	exits 0 pramctl enable --no-rehearsal $(others)
}

go()
{
	local way=$1 mib=$2
	say "$*"
	echo "MIB=$mib" >$dir/env
	systemctl stop $unit
	rm -f $dir/last $dir/gaps $dir/ready
	systemctl start $unit
	wait_for 120 test -e $dir/ready || fail "the service has not filled its memory: $(systemctl status $unit)"
	if [ "$way" = crowd ]; then
		join_crowd
	fi
	leaving
	if [ "$way" != bare ]; then
		exits 0 pramctl enable --no-rehearsal $unit
		exits 0 pramctl kexec-reboot --kernel /boot/vmlinuz-everyday
		exit 12
	fi
	[ "$STAGE" = 1 ] || exits 0 pramctl disable $unit
	kexec_load /boot/vmlinuz-everyday || fail "kexec -l"
	systemctl kexec
	exit 12
}

if [ "$STAGE" = 1 ]; then
	make_unit
else
	# shellcheck disable=SC2086
	arrived ${turns[STAGE - 2]}
fi
# shellcheck disable=SC2086
[ "$STAGE" -gt ${#turns[@]} ] || go ${turns[STAGE - 1]}
cat "$CASE_DIR/results"
