#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Files are preserved in place over a kexec: sparse files, huge pages, sealed memfds, and byte nodes.
# group: file
# long: debug
# boot: bare
# memory: 2G
# timeout: 90

. "${0%/*}/../lib/lib.sh"

M=$((1 << 20))
t=/run/pram-files
mkdir -p $t/small $t/huge
check "mount" mount -t tmpfs -o size=1G,huge=never t $t/small
check "mount" mount -t tmpfs -o size=1G,huge=always t $t/huge

# all DO: calls DO NAME DIR SIZE RANGES... for each file.
all()
{
	"$1" one small 1
	"$1" page small 4096
	"$1" odd small $((M + 123))
	"$1" sparse small $((8 * M)) 4096:8192 $M:$M $((6 * M)):4096
	"$1" wide small $((1 << 40)) $((1 << 39)):4096
	"$1" big huge $((64 * M))
	"$1" mixed huge $((16 * M + 1)) $((2 * M)):$((4 * M)) $((9 * M)):12288
}

save()
{
	local name=$1 file=$t/$2/$1
	shift 2
	filetest fill "$file" "$@"
	[ "$1" -gt $((1 << 30)) ] || keep "$name.sum" "$(digest "$file")"
	filetest frames "$file" >"$CASE_DIR/$name.frames"
	keep "$name.moved" "$(filetest save "$name" "$file")"
	say "$name: pages, copied: $(kept "$name.moved")"
}

load()
{
	local name=$1 file=$t/$2/$1
	shift 2
	check "load $name" filetest load "$name" "$file" >/dev/null
	check "contents of $name" filetest verify "$file" "$@"
	[ "$1" -gt $((1 << 30)) ] || equal "digest of $name" "$(digest "$file")" "$(kept "$name.sum")"
	equal "$name: pages in other frames" \
		"$(filetest frames "$file" | diff "$CASE_DIR/$name.frames" - | grep -c '^>')" \
		"$(kept "$name.moved" | cut -d' ' -f2)"
	rm "$file"
}

case $STAGE in
1)
	all save
	filetest savemem mem $((5 * M)) 0xf >/dev/null
	head -c 3000001 /dev/urandom >"$CASE_DIR/bytes"
	check "save bytes" filetest bytes bytes <"$CASE_DIR/bytes"
	filetest fill $t/small/gone $M
	filetest save gone $t/small/gone >/dev/null
	filetest list | grep -v '^wide' >"$CASE_DIR/list"
	next_by_kexec
	;;
2)
	filetest list | grep -v '^wide' | diff "$CASE_DIR/list" - || fail "the list of nodes has changed"
	say "folios of big: $(filetest list | awk '$1 == "big" { print $6 }')"
	all load
	equal "seals" "$(filetest loadmem mem | tail -n 1)" 0xf
	filetest cat bytes | cmp - "$CASE_DIR/bytes" || fail "the contents of the byte node have changed"
	check "remove" filetest rm bytes
	check "remove" filetest rm gone
	equal "nodes" "$(filetest list)" ""
	equal "unclaimed" "$(filetest info | grep unclaimed)" "unclaimed_pages 0"
	umount $t/small $t/huge
	;;
esac
