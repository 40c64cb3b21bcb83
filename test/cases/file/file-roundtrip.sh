#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# tmpfs and memfd files are saved to nodes and loaded again in the same kernel: same page frames, same contents,
# nothing copied, nothing left over.
# group: file-alone
# long: debug
# boot: bare
# memory: 4G
# timeout: 90

. "${0%/*}/../lib/lib.sh"

M=$((1 << 20))
t=$(mktemp -d)
mkdir "$t/small" "$t/huge"
check "mount" mount -t tmpfs -o size=1G,huge=never t "$t/small"
check "mount" mount -t tmpfs -o size=1G,huge=always t "$t/huge"
before=$(filetest info | grep -v moved)

# elsewhere PAGES: prints how many of the PAGES pages that were saved are in other frames after the load. A large folio
# at the end of the file has pages beyond its size, which filetest cannot list. They were copied if the last page was.
elsewhere()
{
	local all
	all=$(wc -l <"$t/frames")
	diff "$t/frames" "$t/frames.new" >"$t/diff"
	awk -v last="$(tail -n 1 "$t/frames.new")" -v beyond=$(($1 - all)) '
		/^>/ { n++; if (substr($0, 3) == last) n += beyond }
		END { print n + 0 }' "$t/diff"
}

# trip DIR SIZE [OFF:LEN]...: saves and loads one file.
trip()
{
	local dir=$1 size=$2 moved
	shift
	check "fill $*" filetest fill "$dir/a" "$@"
	filetest frames "$dir/a" >"$t/frames"
	moved=$(filetest save trip "$dir/a") || fail "save $*: $moved"
	equal "size of $* after save" "$(stat -c '%s %b' "$dir/a")" "$size 0"
	check "the file has only holes after save $*" filetest verify "$dir/a" "$size" 0:0
	check "load $*" filetest load trip "$dir/b" >/dev/null
	check "contents of $*" filetest verify "$dir/b" "$@"
	filetest frames "$dir/b" >"$t/frames.new"
	equal "$size $*: pages in other frames" "$(elsewhere "${moved% *}")" "${moved#* }"
	rm "$dir/a" "$dir/b"
}

for dir in "$t/small" "$t/huge"; do
	for size in 0 1 4096 $((M + 123)); do
		trip "$dir" "$size"
	done
	trip "$dir" $((4 * M)) $((3 * M)):$M
	trip "$dir" $((4 * M)) 0:$M $((2 * M)):8192 $((3 * M)):$M
	trip "$dir" $((4 * M + 1)) 0:5000
	trip "$dir" $((1 << 40)) 4096:4096 $((1 << 39)):4096
done

say "64 MiB in huge pages"
trip "$t/huge" $((64 * M))
filetest fill "$t/huge/a" $((64 * M))
filetest save big "$t/huge/a"
# The fields of the list: name type state bytes pages folios meta
equal "folios of 64 MiB" "$(filetest list | cut -d' ' -f4-6)" "$((64 * M)) 16384 32"
filetest load big "$t/huge/b" >/dev/null
equal "blocks of 64 MiB" "$(stat -c %b "$t/huge/b")" $((64 * M / 512))
rm "$t/huge/a" "$t/huge/b"

for seals in 0x0 0x1 0x8 0xf 0x10; do
	check "memfd with seals $seals" filetest savemem mem $((M + 5)) $seals >/dev/null
	equal "memfd's seals" "$(filetest loadmem mem | tail -n 1)" "$([ $seals = 0x0 ] && echo 0 || echo $seals)"
done

say "bytes"
head -c 3000001 /dev/urandom >"$t/bytes"
check "save bytes" filetest bytes bytes <"$t/bytes"
for _ in 1 2; do
	filetest cat bytes | cmp - "$t/bytes" || fail "the contents of the byte node have changed"
done
check "remove bytes" filetest rm bytes
equal "left over" "$(filetest info | grep -v moved)" "$before"
umount "$t/small" "$t/huge"
