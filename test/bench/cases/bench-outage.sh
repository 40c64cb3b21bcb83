#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The outage of a service: kept over the kexec, compared with a plain kexec that restarts the service. Measured from its
# last beat to the next one, in ticks of the time stamp counter, and as pramctl report shows it:
# `result outage MIB WAY ROUND WHAT VALUE`. The VM's time is counted in instructions, otherwise other load on the
# host would cause most of the difference.
# group: bench-outage
# kernels: everyday
# timeout: 400
# leaves: yes
# memory: 4G
# clock: counted

# shellcheck source=../../cases/lib/lib.sh
. "${0%/*}/../lib/lib.sh"

unit=u-beat.service
dir=/var/lib/u-beat
rounds=$(sed -n 's/.*pram\.bench_outages=\([^ ]*\).*/\1/p' /proc/cmdline)
turns=()
for ((i = 1; i <= ${rounds:-2}; i++)); do
	turns+=("bare 64 $i" "kept 64 $i" "bare 1024 $i" "kept 1024 $i")
done

note()
{
	echo "result outage $*" >>"$CASE_DIR/results"
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
	systemctl daemon-reload
	systemctl --quiet enable $unit
	note 0 tsc 0 mhz "$(dmesg | sed -n 's/.*tsc: Detected \([0-9.]*\) MHz.*/\1/p' | tail -n 1)"
}

# Records the outage of the kexec at the end of the previous stage.
arrived()
{
	local way=$1 mib=$2 round=$3 how ticks what value
	wait_for 120 test -s $dir/gaps || fail "the service does not beat: $(systemctl status $unit)"
	read -r how ticks <$dir/gaps
	case $way in
	bare) equal "how the service came back, $way" "$how" started ;;
	kept) equal "how the service came back, $way" "$how" restored ;;
	esac
	note "$mib" "$way" "$round" outage "$ticks"
	[ "$way" = kept ] || return
	wait_for 60 sh -c 'pramctl report | grep -q OUTAGE' || fail "pramctl report shows no outage"
	exits 0 pramctl report --json
	while read -r what value; do
		note "$mib" "$way" "$round" "$what" "$value"
	done < <(python3 -c 'import json, sys
for k, v in json.load(sys.stdin)["reports"][0].items():
    if k.endswith("_usec") and "realtime" not in k and k != "outage_usec": print(k[:-5], v / 1e6)' <<<"$out")
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
	leaving
	if [ "$way" = kept ]; then
		exits 0 pramctl enable $unit
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
