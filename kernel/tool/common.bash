# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
# Shared by the scripts of kernel/tool: paths, locks, progress messages, source trees.

set -euo pipefail
export LC_ALL=C

KDIR=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
TOP=$(dirname "$KDIR")
OUT=$TOP/build/kernel
CACHE=${PRAM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pram}/linux
JOBS=${JOBS:-$(nproc)}

# Entries of kernel/ that are not copied into the kernel tree.
OWN=(Makefile config hooks tool)

die()
{
	echo "kernel: $*" >&2
	exit 1
}

# step TEXT CMD...: runs CMD and prints TEXT and the time it took.  Shows the output on failure.
step()
{
	local text=$1 start=$SECONDS log
	shift
	log=$(mktemp)
	echo "kernel: $text ..."
	if ! "$@" >"$log" 2>&1; then
		tail -n 60 "$log" >&2
		rm -f "$log"
		die "$text: failed after $((SECONDS - start)) s"
	fi
	rm -f "$log"
	echo "kernel: $text: $((SECONDS - start)) s"
}

# lock TREE: locks a work tree until this process ends, so that only one make uses it at a time.
lock()
{
	mkdir -p "$CACHE"
	exec 9>"$CACHE/$1.lock"
	flock -n 9 && return
	echo "kernel: another make works on $1, waiting for it"
	flock 9
}

tarball()
{
	local f
	for f in "${LINUX_TARBALL:-}" /usr/src/linux-source-6.12.tar.xz; do
		[[ -n $f && -r $f ]] && echo "$f" && return
	done
	die "no source of Linux 6.12: install linux-source-6.12, or set LINUX_TARBALL"
}

# Hashing the 150 MB takes a second, so the hash is cached, keyed by size and modification time.
tarball_hash()
{
	local tar memo
	tar=$(tarball)
	memo=$CACHE/hash/$(stat -c %s-%Y "$tar")
	if [[ ! -s $memo ]]; then
		mkdir -p "$CACHE/hash"
		sha256sum <"$tar" | cut -c1-16 >"$memo.$$"
		mv "$memo.$$" "$memo"
	fi
	cat "$memo"
}

# Our new files, which do not exist in the kernel tree, relative to kernel/.
new_files()
{
	local prune=() d
	for d in "${OWN[@]}"; do
		prune+=(-path "./$d" -prune -o)
	done
	(cd "$KDIR" && find . "${prune[@]}" -type f ! -name '.*' -print | sed 's|^\./||' | sort)
}

hooks()
{
	find "$KDIR/hooks" -name '[0-9]*.patch' 2>/dev/null | sort
}

# Existing files of the kernel tree that the hooks change.
hooked_files()
{
	local list
	mapfile -t list < <(hooks)
	((${#list[@]})) || return 0
	sed -n 's|^+++ b/\([^\t]*\).*|\1|p' "${list[@]}" | sort -u
}

unpack()
{
	local new=$PRISTINE.$$
	mkdir -p "$new"
	tar -xJf "$(tarball)" -C "$new" --strip-components=1
	mv -T "$new" "$PRISTINE" 2>/dev/null || rm -rf "$new"
}

# Creates a work tree.  Each variant has its own, so that one can be compiled while another
# changes.  A work tree consists of hard links to the pristine tree; files are replaced, never
# written in place.
link_work()
{
	rm -rf "$WORK.new" "$WORK.applied"
	cp -al "$PRISTINE" "$WORK.new"
	mv "$WORK.new" "$WORK"
}

# find_source: sets BASE and PRISTINE, and unpacks the source if necessary.
find_source()
{
	BASE=$CACHE/$(tarball_hash)
	PRISTINE=$BASE/pristine
	[[ -d $PRISTINE ]] || step "unpacking $(basename "$(tarball)")" unpack
}

# prepare TREE: sets WORK and updates WORK from kernel/.  The caller holds the tree's lock.
prepare()
{
	find_source
	WORK=$BASE/work-$1
	[[ -d $WORK ]] || step "making the work tree" link_work
	apply_ours
}

# overlay DIR: writes our new files and the changed files, with all hooks applied, into DIR.
overlay()
{
	local dir=$1 f p
	while read -r f; do
		[[ -e $PRISTINE/$f ]] || die "a hook changes $f, which is not in the kernel tree"
		install -D -m 644 "$PRISTINE/$f" "$dir/$f"
	done < <(hooked_files)
	while read -r p; do
		patch -d "$dir" -p1 -F0 -s --no-backup-if-mismatch <"$p" >&2 ||
			die "$(basename "$p") does not apply"
	done < <(hooks)
	while read -r f; do
		[[ -e $PRISTINE/$f ]] && die "$f is in the kernel tree already: make it a hook"
		install -D -m 644 "$KDIR/$f" "$dir/$f"
	done < <(new_files)
}

# Updates WORK.  Only files whose contents differ get a new modification time, so that make rebuilds
# only what depends on them.
apply_ours()
{
	local tmp f
	tmp=$(mktemp -d)
	overlay "$tmp"
	(cd "$tmp" && find . -type f | sed 's|^\./||' | sort) >"$tmp.list"
	touch "$WORK.applied"
	while read -r f; do
		rm -f "$WORK/$f"
		if [[ -e $PRISTINE/$f ]]; then
			cp "$PRISTINE/$f" "$WORK/$f"
		fi
	done < <(comm -23 "$WORK.applied" "$tmp.list")
	# Write the list of possibly changed files first, so that the next run cleans up if this one is
	# interrupted.
	sort -u "$WORK.applied" "$tmp.list" -o "$WORK.applied"
	rsync -rc "$tmp/" "$WORK/"
	mv "$tmp.list" "$WORK.applied"
	rm -rf "$tmp"
}
