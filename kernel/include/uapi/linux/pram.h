/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * /dev/pram: memory that survives a kexec.
 *
 * PRAM keeps memory in nodes. A node has a unique name, is made and committed
 * by one kernel and loaded by the same one or by the next, which finds it over
 * the super block (``pram=`` on its command line, /sys/kernel/pram).
 *
 * The device's descriptor is for finding and making nodes; PRAM_IOC_CREATE and
 * PRAM_IOC_OPEN return a descriptor of a node:
 *
 *  - A node under construction takes write() (byte node) or PRAM_IOC_ADD_FILE
 *    (file node), then PRAM_IOC_COMMIT. A descriptor that is closed without a
 *    commit discards the node: a file taken gets its folios back.
 *  - A memory node takes a stopped process's private anonymous memory by
 *    PRAM_IOC_TAKE. Closed without a commit it gives everything back.
 *  - A node opened for loading gives read(), pread() and lseek() (byte node) or
 *    PRAM_IOC_LOAD_FILE (file node). Reading does not use a byte node up,
 *    PRAM_IOC_REMOVE does. PRAM_IOC_LOAD_FILE takes all or nothing; the
 *    node is gone when it succeeded.
 *
 * Opening the device needs CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE. It fails
 * with ENODEV where PRAM is off (pram_scratch=0, or no memory for it at boot).
 *
 * Every struct starts with its own size in bytes, as the caller knows it. The
 * kernel takes a smaller (older) one, and a larger (newer) one if the unknown
 * tail is all zero, and fails with E2BIG otherwise. Unknown flags and non-zero
 * reserved fields are EINVAL. Sizes and offsets are bytes unless a field says
 * pages; a page is PAGE_SIZE bytes.
 *
 * Errors with a fixed meaning everywhere:
 *  EEXIST        a node of that name exists
 *  ENOENT        no node of that name; end of list
 *  EBUSY         the node is being saved or loaded by another descriptor; the
 *                file is mapped or pinned; the jump into the next kernel has begun
 *  EPERM         the node is of another type than the call is for
 *  ENAMETOOLONG  name of PRAM_NAME_MAX bytes or more
 *  EINVAL        empty name, unknown flag, wrong state of the descriptor
 *  ENOMEM        no memory for it; nothing has changed
 *  EUCLEAN       the node is corrupt
 *  EOPNOTSUPP    not a file of a kind that can be taken
 *  ENODEV        PRAM is off
 *  EINTR         the caller is being killed; nothing has changed
 *  EFBIG         a byte node of more than 256 MiB
 */
#ifndef _UAPI_LINUX_PRAM_H
#define _UAPI_LINUX_PRAM_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define PRAM_NAME_MAX	256	/* including nul */

/* What a node holds: the values that the two kernels agree on. */
#define PRAM_NODE_PAGES	0	/* page stream, made inside the kernel */
#define PRAM_NODE_BYTES	1	/* byte stream */
#define PRAM_NODE_FILE	2	/* the folios of a tmpfs or memfd file */
#define PRAM_NODE_MEMORY 3	/* private anonymous memory of a process */

/* What can be done with it now. */
#define PRAM_STATE_SAVING	0	/* under construction */
#define PRAM_STATE_READY	1	/* committed */
#define PRAM_STATE_LOADING	2	/* a descriptor has it open */
#define PRAM_STATE_CORRUPT	3	/* did not check out; kept aside */

/**
 * struct pram_info - what PRAM is and keeps, PRAM_IOC_INFO
 * @size: sizeof(struct pram_info)
 * @version: version of the format that this kernel writes and reads
 * @sb_pfn: page frame of the super block, as in /sys/kernel/pram
 * @nodes: number of nodes, of any state
 * @corrupt: number of those that are corrupt
 * @found: 1 if this boot found the super block of an earlier kernel, 0 if it
 *	started clean
 * @pages: preserved pages, all in all: data, metadata, unclaimed ones
 * @meta_pages: those of them that hold PRAM's own metadata
 * @unclaimed_pages: preserved pages that belong to no good node; see
 *	PRAM_IOC_RELEASE
 * @moved_pages: pages copied since boot because they lay where the next kernel
 *	will load its image
 * @scratch_bytes: memory kept free of preserved pages, for the next kernel's
 *	early boot and its image
 * @boots: kexecs that the super block has lived through
 * @image_loaded: 1 if an image for kexec is loaded and clear of preserved pages
 * @reserved: 0
 */
struct pram_info {
	__u32 size;
	__u32 version;
	__u64 sb_pfn;
	__u32 nodes;
	__u32 corrupt;
	__u32 found;
	__u32 boots;
	__u64 pages;
	__u64 meta_pages;
	__u64 unclaimed_pages;
	__u64 moved_pages;
	__u64 scratch_bytes;
	__u32 image_loaded;
	__u32 reserved;
};

/**
 * struct pram_create - make a node, PRAM_IOC_CREATE
 * @size: sizeof(struct pram_create)
 * @type: PRAM_NODE_BYTES or PRAM_NODE_FILE
 * @flags: 0
 * @reserved: 0
 * @name: nul-terminated, not empty
 *
 * Returns a descriptor (close-on-exec) of the node under construction.
 * Errors: EEXIST, ENAMETOOLONG (no nul in @name), EINVAL, ENOMEM.
 */
struct pram_create {
	__u32 size;
	__u32 type;
	__u32 flags;
	__u32 reserved;
	char name[PRAM_NAME_MAX];
};

/**
 * struct pram_open - open a committed node, PRAM_IOC_OPEN; remove it,
 *	PRAM_IOC_REMOVE
 * @size: sizeof(struct pram_open)
 * @flags: 0
 * @name: nul-terminated, not empty
 *
 * PRAM_IOC_OPEN returns a descriptor (close-on-exec) of the node. The node is
 * LOADING until that descriptor is closed. Errors: ENOENT, EBUSY, EUCLEAN,
 * ENAMETOOLONG, EINVAL, ENOMEM, EPERM (page stream).
 *
 * PRAM_IOC_REMOVE zeroes the node's memory and frees it. A corrupt node is
 * only forgotten; its pages become unclaimed. Errors: ENOENT, EBUSY,
 * ENAMETOOLONG, EINVAL.
 */
struct pram_open {
	__u32 size;
	__u32 flags;
	char name[PRAM_NAME_MAX];
};

/**
 * struct pram_node_info - one node of the list, PRAM_IOC_NEXT
 * @size: sizeof(struct pram_node_info)
 * @type: PRAM_NODE_*
 * @state: PRAM_STATE_*
 * @flags: 0
 * @cursor: in: 0 to begin, or the @cursor of the call before; out: this node's
 * @bytes: length of the byte stream or of the file
 * @pages: data pages (holes of a file not counted)
 * @folios: entries for them: a folio of any order counts once
 * @meta_pages: pages of metadata
 * @name: nul-terminated
 *
 * Gives the node after @cursor, oldest first; ENOENT after the last. Nodes that
 * come and go between calls are seen or not, the others exactly once.
 */
struct pram_node_info {
	__u32 size;
	__u32 type;
	__u32 state;
	__u32 flags;
	__u64 cursor;
	__u64 bytes;
	__u64 pages;
	__u64 folios;
	__u64 meta_pages;
	char name[PRAM_NAME_MAX];
};

/**
 * struct pram_file - a file's folios into a node or out of it,
 *	PRAM_IOC_ADD_FILE and PRAM_IOC_LOAD_FILE on a node's descriptor
 * @size: sizeof(struct pram_file)
 * @fd: a tmpfs or memfd file, open for writing
 * @flags: 0
 * @reserved: 0
 * @pages: out: pages moved
 * @copied_pages: out: of them, pages that had to be copied
 *
 * PRAM_IOC_ADD_FILE takes the folios as they are. A node takes one file, which
 * nobody may have mapped. Until the commit the file is frozen: its data reads EIO,
 * writing and truncation fail with EPERM, taking it again with EBUSY. The commit
 * leaves it its size and one hole; closing without a commit puts every folio back.
 * A commit without a file is EINVAL. Errors: EBUSY (mapped, or a page is pinned),
 * EOPNOTSUPP (not shmem, hugetlb), EINVAL (node has a file), EPERM, EBADF, ENOMEM,
 * EIO (swap-in failed): the file is as it was.
 *
 * PRAM_IOC_LOAD_FILE inserts the folios as they are, charged to the caller's memory
 * cgroup. The file must be empty: of size 0, or one hole of the size that the one taken
 * had; whoever maps it should stand still then. It gets the size and the seals
 * that the one taken had. The node is gone afterwards; its descriptor can only be
 * closed. Errors: EPERM (seals forbid it, unless the file has the size and all seals of
 * the one taken), EBUSY (mapped for writing, and the node has F_SEAL_WRITE), EBADF,
 * EOPNOTSUPP (this kernel has no folios that large), ENOTEMPTY, ENOSPC, EDQUOT, ENOMEM:
 * file and node are as they were.
 */
struct pram_file {
	__u32 size;
	__s32 fd;
	__u32 flags;
	__u32 reserved;
	__u64 pages;
	__u64 copied_pages;
};

/* why a mapping was not taken: struct pram_vma */
#define PRAM_LEFT_NO		0	/* it was taken */
#define PRAM_LEFT_SMALL		1	/* smaller than asked for */
#define PRAM_LEFT_STACK		2	/* it grows down */
#define PRAM_LEFT_FLAGS		3	/* sealed, protection key, or of a kind unknown here */
#define PRAM_LEFT_UFFD		4	/* registered with userfaultfd */
#define PRAM_LEFT_PINNED	5	/* a page is pinned for DMA */
#define PRAM_LEFT_POISON	6	/* a page has a memory error, or is a device's */
#define PRAM_LEFT_SHARED	7	/* another process shares a page: see @max_shared */

/**
 * struct pram_vma - what became of one private anonymous mapping
 * @start: first byte
 * @end: first byte after it
 * @pages: pages taken; holes hold none
 * @copied: of them, pages that were copied: shared with another process, with
 *	KSM, or where the next kernel's image is going to be
 * @left: PRAM_LEFT_*
 * @reserved: 0
 */
struct pram_vma {
	__u64 start;
	__u64 end;
	__u64 pages;
	__u64 copied;
	__u32 left;
	__u32 reserved;
};

/**
 * struct pram_take - move a process's memory into a node, PRAM_IOC_TAKE
 * @size: sizeof(struct pram_take)
 * @pidfd: the process; all tasks that share its memory are stopped
 * @dev_fd: /dev/pram, as it is found in the process's mount namespace
 * @flags: 0
 * @min_bytes: mappings smaller than this are left
 * @vmas: address of an array of struct pram_vma, or 0
 * @nr_vmas: in: room in it; out: private anonymous mappings there are
 * @reserved: 0
 * @pages: out: pages taken
 * @copied: out: of them, pages copied
 * @max_shared: a mapping of up to so many bytes is left if another process shares a page
 *	of it, since fork(): a node cannot share. In a larger one such pages are copied
 *
 * Pages leave the page tables and belong to the node. A mapping that was taken is
 * then a shared one of /dev/pram at the same place, which serves the same
 * pages. Those that are not taken are as they were.
 *
 * PRAM_IOC_COMMIT makes the node a checkpoint. If the process goes on after
 * that, it gets a copy and its private mappings back before it executes anything,
 * and the node stays what it was. Closing the descriptor without a commit gives all
 * pages back, and cannot fail; a process that has died meanwhile frees them.
 *
 * Errors: EBUSY (a task is not stopped, or a page is in use and stays so), ESRCH,
 * EACCES, EINVAL (node has memory), EBADF (@dev_fd), ENOMEM, EINTR: nothing
 * has changed.
 */
struct pram_take {
	__u32 size;
	__s32 pidfd;
	__s32 dev_fd;
	__u32 flags;
	__u64 min_bytes;
	__u64 vmas;
	__u32 nr_vmas;
	__u32 reserved;
	__u64 pages;
	__u64 copied;
	__u64 max_shared;
};

/* only make all ready: see struct pram_put */
#define PRAM_PUT_ARM		0x1

/**
 * struct pram_put - give a node's memory to a process, PRAM_IOC_PUT
 * @size: sizeof(struct pram_put)
 * @pidfd: the process; it has mapped the node, see PRAM_IOC_BIND, each mapping at
 *	the place where it was taken and with the offset it had
 * @flags: PRAM_PUT_ARM or 0
 * @reserved: 0
 * @pages: out: pages moved, or to be moved; none is copied
 *
 * The mappings become private anonymous ones with the pages in them, and with the
 * flags, protection, policy and name they were taken with. The node is gone
 * afterwards; its descriptor can only be closed. Errors: ENXIO (a mapping is
 * missing or differs), EBUSY, ESRCH, EACCES, EUCLEAN, ENOMEM, EINTR: process
 * and node are as they were.
 *
 * With PRAM_PUT_ARM all that can fail is done, and the node keeps its pages, LOADING,
 * until one of the process's tasks goes on: before that executes anything, the memory is
 * its own. If it is killed while all are stopped, the node is READY again: so nothing is
 * lost until it really runs. A second PRAM_IOC_PUT on the descriptor, without the flag,
 * does it at once; @pidfd is not looked at then. Errors: ESRCH (the process has ended),
 * EBUSY (the jump into the next kernel has begun), EINTR: nothing has changed.
 */
struct pram_put {
	__u32 size;
	__s32 pidfd;
	__u32 flags;
	__u32 reserved;
	__u64 pages;
};

/**
 * struct pram_hide - leave a file's contents out of a dump, PRAM_IOC_HIDE on the device
 * @size: sizeof(struct pram_hide)
 * @fd: a tmpfs or memfd file, or shared memory, open for writing
 * @flags: 0
 * @reserved: 0
 *
 * For who dumps processes that share the file, to take it in place when they have ended: to
 * the calling process and its children lseek(SEEK_DATA) finds no data in it. Nothing else
 * about it changes. Returns a descriptor (close-on-exec); it lasts until that is closed.
 * Errors: EOPNOTSUPP (not shmem, or locked in memory: such a file could not be put back into
 * what a restore makes), EBUSY (hidden already, or a node is taking it), EPERM, EBADF, ENOMEM.
 */
struct pram_hide {
	__u32 size;
	__s32 fd;
	__u32 flags;
	__u32 reserved;
};

/**
 * struct pram_release - free what nobody claims, PRAM_IOC_RELEASE
 * @size: sizeof(struct pram_release)
 * @flags: 0
 * @pages: out: pages that were zeroed and freed
 */
struct pram_release {
	__u32 size;
	__u32 flags;
	__u64 pages;
};

#define PRAM_IOC_MAGIC	0xd7

/* on /dev/pram */
#define PRAM_IOC_INFO		_IOWR(PRAM_IOC_MAGIC, 0x00, struct pram_info)
#define PRAM_IOC_NEXT		_IOWR(PRAM_IOC_MAGIC, 0x01, struct pram_node_info)
#define PRAM_IOC_CREATE		_IOW(PRAM_IOC_MAGIC, 0x02, struct pram_create)
#define PRAM_IOC_OPEN		_IOW(PRAM_IOC_MAGIC, 0x03, struct pram_open)
#define PRAM_IOC_REMOVE		_IOW(PRAM_IOC_MAGIC, 0x04, struct pram_open)
#define PRAM_IOC_RELEASE	_IOWR(PRAM_IOC_MAGIC, 0x05, struct pram_release)
/*
 * Lets the descriptor be mapped: MAP_SHARED, with the offsets that the taken mappings
 * had. Errors: EBUSY (bound already; the process it was taken from still has
 * it), EPERM (not a memory node), and those of PRAM_IOC_OPEN.
 */
#define PRAM_IOC_BIND		_IOW(PRAM_IOC_MAGIC, 0x06, struct pram_open)
#define PRAM_IOC_HIDE		_IOW(PRAM_IOC_MAGIC, 0x07, struct pram_hide)

/* on a node's descriptor; PRAM_IOC_COMMIT takes no argument */
#define PRAM_IOC_COMMIT		_IO(PRAM_IOC_MAGIC, 0x10)
#define PRAM_IOC_ADD_FILE	_IOWR(PRAM_IOC_MAGIC, 0x11, struct pram_file)
#define PRAM_IOC_LOAD_FILE	_IOWR(PRAM_IOC_MAGIC, 0x12, struct pram_file)
#define PRAM_IOC_TAKE		_IOWR(PRAM_IOC_MAGIC, 0x13, struct pram_take)
#define PRAM_IOC_PUT		_IOWR(PRAM_IOC_MAGIC, 0x14, struct pram_put)

#endif /* _UAPI_LINUX_PRAM_H */
