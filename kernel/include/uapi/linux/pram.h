/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * /dev/pram: memory that survives a kexec.
 *
 * PRAM keeps memory in nodes. A node has a unique name. One kernel creates and commits
 * it; the same kernel or the next one loads it. The next kernel finds the nodes through
 * the super block, whose page frame number is in /sys/kernel/pram and must be passed as
 * ``pram=`` on the command line.
 *
 * A descriptor of the device lists, creates, opens and removes nodes. PRAM_IOC_CREATE
 * and PRAM_IOC_OPEN return a descriptor of a node:
 *
 *  - PRAM_IOC_CREATE: fill the node by write() (byte node), PRAM_IOC_ADD_FILE (file node)
 *    or PRAM_IOC_TAKE (memory node), then call PRAM_IOC_COMMIT. Closing the descriptor
 *    without a commit discards the node and returns all folios to the file or process.
 *    PRAM_IOC_COMMIT_ALL on the device commits several memory nodes at one moment.
 *  - PRAM_IOC_OPEN: load the node by read(), pread() and lseek() (byte node),
 *    PRAM_IOC_LOAD_FILE (file node) or PRAM_IOC_PUT (memory node). Reading leaves a byte
 *    node as it is; PRAM_IOC_REMOVE frees it. PRAM_IOC_LOAD_FILE and PRAM_IOC_PUT load
 *    all or nothing, and free the node on success.
 *
 * Opening the device needs CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE. It fails with ENODEV
 * if PRAM is off (pram_scratch=0, or not enough memory at boot).
 *
 * Every struct starts with its size in bytes, as the caller knows it. In this first
 * version of the interface a smaller size fails with EINVAL. A larger (newer) struct is
 * accepted if the part unknown to the kernel is all zero, and fails with E2BIG otherwise.
 * Unknown flags and non-zero reserved fields fail with EINVAL. Sizes and offsets are in
 * bytes unless a field says pages; a page is PAGE_SIZE bytes.
 *
 * Errors with the same meaning for all calls:
 *  EEXIST        a node of that name exists
 *  ENOENT        no node of that name; end of list
 *  EBUSY         the node is being saved or loaded through another descriptor; the
 *                file is mapped or pinned; the jump into the next kernel has begun
 *  EPERM         the node has the wrong type for the call
 *  ENAMETOOLONG  the name has PRAM_NAME_MAX bytes or more
 *  EINVAL        empty name, unknown flag, descriptor in the wrong state
 *  ENOMEM        out of memory; nothing has changed
 *  EUCLEAN       the node is corrupt
 *  EOPNOTSUPP    PRAM cannot take this kind of file
 *  ENODEV        PRAM is off
 *  EINTR         the caller is being killed; nothing has changed
 *  EFBIG         a byte node would exceed 256 MiB
 */
#ifndef _UAPI_LINUX_PRAM_H
#define _UAPI_LINUX_PRAM_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define PRAM_NAME_MAX	256	/* including nul */

/* Node types. The values are part of the format in <linux/pram_abi.h>. */
#define PRAM_NODE_PAGES	0	/* page stream, saved and loaded by kernel code only */
#define PRAM_NODE_BYTES	1	/* byte stream */
#define PRAM_NODE_FILE	2	/* the folios of a tmpfs or memfd file */
#define PRAM_NODE_MEMORY 3	/* private anonymous memory of a process */

/* Node states. */
#define PRAM_STATE_SAVING	0	/* under construction */
#define PRAM_STATE_READY	1	/* committed */
#define PRAM_STATE_LOADING	2	/* open for loading, or being loaded */
#define PRAM_STATE_CORRUPT	3	/* failed its checks; its pages are unclaimed */

/**
 * struct pram_info - version and statistics, PRAM_IOC_INFO
 * @size: sizeof(struct pram_info)
 * @version: version of the format that this kernel writes and reads
 * @sb_pfn: page frame of the super block, as in /sys/kernel/pram
 * @nodes: number of nodes in any state
 * @corrupt: number of corrupt nodes
 * @found: 1 if this kernel adopted the super block of an earlier kernel, otherwise 0
 * @boots: number of kexecs that the super block has survived
 * @pages: all preserved pages: data, metadata and unclaimed pages
 * @meta_pages: pages of @pages that hold PRAM's own metadata
 * @unclaimed_pages: pages of @pages that belong to no valid node; see
 *	PRAM_IOC_RELEASE
 * @moved_pages: pages copied since boot because the next kernel or its image would
 *	overwrite their original location, or the next kernel does not have it
 * @scratch_bytes: memory kept free of preserved pages, for the next kernel's image
 *	and early boot
 * @image_loaded: 1 if a kexec image is loaded; it does not overlap preserved pages
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
 * struct pram_create - create a node, PRAM_IOC_CREATE
 * @size: sizeof(struct pram_create)
 * @type: PRAM_NODE_BYTES, PRAM_NODE_FILE or PRAM_NODE_MEMORY
 * @flags: 0
 * @reserved: 0
 * @name: nul-terminated, not empty
 *
 * Returns a descriptor (close-on-exec) of the node, which is under construction.
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
 * struct pram_open - name of a node for PRAM_IOC_OPEN, PRAM_IOC_REMOVE and PRAM_IOC_BIND
 * @size: sizeof(struct pram_open)
 * @flags: 0
 * @name: nul-terminated, not empty
 *
 * PRAM_IOC_OPEN opens a committed node and returns a descriptor (close-on-exec). The
 * node is LOADING until that descriptor is closed. Errors: ENOENT, EBUSY, EUCLEAN,
 * ENAMETOOLONG, EINVAL, ENOMEM, EPERM (page stream).
 *
 * PRAM_IOC_REMOVE zeroes and frees the memory of a node, which is LOADING meanwhile. A
 * corrupt node is only removed from the list; its pages stay unclaimed until
 * PRAM_IOC_RELEASE. Errors: ENOENT, EBUSY, ENAMETOOLONG, EINVAL.
 *
 * For PRAM_IOC_BIND see its definition.
 */
struct pram_open {
	__u32 size;
	__u32 flags;
	char name[PRAM_NAME_MAX];
};

/**
 * struct pram_node_info - iterate over the nodes, PRAM_IOC_NEXT
 * @size: sizeof(struct pram_node_info)
 * @type: PRAM_NODE_*
 * @state: PRAM_STATE_*
 * @flags: 0
 * @cursor: in: 0 for the first call, then the @cursor that the previous call returned;
 *	out: cursor of the returned node
 * @bytes: length of the byte stream, the file or the process memory
 * @pages: data pages, without holes
 * @folios: number of folios that the data pages form
 * @meta_pages: metadata pages of the node
 * @name: nul-terminated
 *
 * Returns the node after @cursor, oldest first, or ENOENT after the last node. A node
 * that exists during the whole iteration is returned exactly once; a node created or
 * removed meanwhile may be missed.
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
 * struct pram_file - move a file's folios into a node or out of it,
 *	PRAM_IOC_ADD_FILE and PRAM_IOC_LOAD_FILE on a node's descriptor
 * @size: sizeof(struct pram_file)
 * @fd: a tmpfs or memfd file, open for writing
 * @flags: 0
 * @reserved: 0
 * @pages: out: pages moved
 * @copied_pages: out: pages of @pages that had to be copied
 *
 * PRAM_IOC_ADD_FILE moves the folios into the node, without copying where possible. A
 * node takes one file, which must not be mapped. Until the commit the file is frozen:
 * reading its data fails with EIO, writing and truncation fail with EPERM, and a second
 * PRAM_IOC_ADD_FILE of it fails with EBUSY. The commit leaves the file with its size and
 * one hole. Closing the descriptor without a commit puts all folios back. A commit
 * without a file fails with EINVAL. Errors: EBUSY (mapped, or a page is pinned),
 * EOPNOTSUPP (not shmem, or hugetlb), EINVAL (the node has a file), EPERM, EBADF,
 * ENOMEM, EIO (swap-in failed). On error the file is unchanged.
 *
 * PRAM_IOC_LOAD_FILE moves the folios into the file, without copying, and charges them
 * to the caller's memory cgroup. The file must have no pages. Its size must be 0 or the
 * size of the file that was taken. Processes that have it mapped should be stopped
 * meanwhile. It gets the size and the seals of the file that was taken. The node is
 * freed; its descriptor can only be closed. Errors: EPERM (the seals of the file forbid
 * it; allowed if it has the size and exactly the seals of the file that was taken), EBUSY
 * (mapped for writing, and the node has F_SEAL_WRITE), EBADF, EOPNOTSUPP (this kernel
 * does not support folios that large), ENOTEMPTY, ENOSPC, EDQUOT, ENOMEM. On error the
 * file and the node are unchanged.
 */
struct pram_file {
	__u32 size;
	__s32 fd;
	__u32 flags;
	__u32 reserved;
	__u64 pages;
	__u64 copied_pages;
};

/* struct pram_vma @left: why a mapping was not taken */
#define PRAM_LEFT_NO		0	/* it was taken */
#define PRAM_LEFT_SMALL		1	/* smaller than @min_bytes */
#define PRAM_LEFT_STACK		2	/* a stack: it grows automatically */
#define PRAM_LEFT_FLAGS		3	/* sealed, droppable, or has an unknown flag */
#define PRAM_LEFT_UFFD		4	/* registered with userfaultfd */
#define PRAM_LEFT_PINNED	5	/* a page is pinned for DMA */
#define PRAM_LEFT_POISON	6	/* a page has a memory error, or is device memory */
#define PRAM_LEFT_SHARED	7	/* another process shares a page, see @max_shared */
#define PRAM_LEFT_PKEY		8	/* has a protection key */

/**
 * struct pram_vma - result of PRAM_IOC_TAKE for one private anonymous mapping
 * @start: address of the first byte
 * @end: address of the first byte after the mapping
 * @pages: pages taken, without holes
 * @copied: pages of @pages that were copied because they are shared with another
 *	process or by KSM, are in use, or lie where the next kernel would overwrite them
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
 * @pidfd: the process; all tasks that share its memory must be stopped
 * @dev_fd: a descriptor of /dev/pram, opened in the process's mount namespace
 * @flags: 0
 * @min_bytes: do not take mappings smaller than this
 * @vmas: address of an array of struct pram_vma, or 0
 * @nr_vmas: in: number of elements of @vmas; out: number of private anonymous mappings,
 *	and of others that are reported, see below
 * @reserved: 0
 * @pages: out: pages taken
 * @copied: out: pages of @pages that were copied
 * @max_shared: a mapping of up to this many bytes is not taken if it shares a page with
 *	another process since fork(), because a node cannot share pages. In a larger
 *	mapping such pages are copied.
 *
 * MADV_WIPEONFORK, MAP_DROPPABLE, MLOCK_ONFAULT and mseal() of mappings of any kind that
 * are left to the checkpointer are recorded in the node, as are PR_SET_MDWE,
 * mlockall(MCL_FUTURE) and PR_SET_MEMORY_MERGE of the process. PRAM_IOC_PUT sets them. Such
 * a process needs a node, so at least one mapping is taken, however small. @vmas also
 * contains mappings of other kinds that have state which is not kept: PRAM_LEFT_PKEY and
 * PRAM_LEFT_UFFD.
 *
 * The pages are removed from the page tables and belong to the node. Each mapping that
 * was taken becomes a shared mapping of /dev/pram at the same address, which serves the
 * same pages. The other mappings are unchanged.
 *
 * PRAM_IOC_COMMIT makes the node a checkpoint. If the process resumes after that, it
 * gets its private mappings back with a copy of the pages before it executes any
 * instruction; the node is unchanged. Closing the descriptor without a commit gives all
 * pages back and cannot fail; if the process has died meanwhile, the pages are freed.
 *
 * Errors: EBUSY (a task is not stopped, or a page stays in use), ESRCH, EACCES, EINVAL
 * (the node has memory), EOPNOTSUPP (a node is needed, but no mapping can be taken), EBADF
 * (@dev_fd), ENOMEM, EINTR. On error nothing has changed.
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

/**
 * struct pram_commit - commit several memory nodes, all or none, PRAM_IOC_COMMIT_ALL
 * @size: sizeof(struct pram_commit)
 * @nr: number of nodes, up to 65536; 0 does nothing
 * @names: address of @nr names, one after the other, each nul-terminated and not empty
 * @bytes: length of all names, including the nuls
 * @flags: 0
 * @reserved: 0
 *
 * Each node must be a memory node under construction whose memory was taken; any process
 * may have its descriptor open. All nodes become READY at the same moment. Afterwards
 * the descriptors are in the same state as after PRAM_IOC_COMMIT: they can only be
 * closed, and a process that resumes gets a copy of its memory.
 *
 * PRAM_IOC_COMMIT on one of the descriptors and closing it wait until this call has
 * ended. So PRAM_IOC_COMMIT on the descriptor of a node that has memory fails with
 * EINVAL only if the node is committed.
 *
 * Errors: ENOENT, EPERM (not a memory node), EUCLEAN, EINVAL (a node has no memory, is
 * not under construction, is being closed or committed by its descriptor, or is named
 * twice; the list is malformed), ENAMETOOLONG, EBUSY (the jump into the next kernel has
 * begun), EFAULT, ENOMEM, EINTR. On error nothing has changed.
 */
struct pram_commit {
	__u32 size;
	__u32 nr;
	__u64 names;
	__u64 bytes;
	__u32 flags;
	__u32 reserved;
};

/* struct pram_put @flags: prepare only */
#define PRAM_PUT_ARM		0x1

/**
 * struct pram_put - give a node's memory to a process, PRAM_IOC_PUT
 * @size: sizeof(struct pram_put)
 * @pidfd: the process, stopped. It must have mapped the node (see PRAM_IOC_BIND), each
 *	mapping at the address and with the offset at which it was taken.
 * @flags: PRAM_PUT_ARM or 0
 * @reserved: 0
 * @pages: out: pages moved, or to be moved; none is copied
 *
 * The mappings become private anonymous mappings that contain the pages. They get the
 * flags, protection, NUMA policy and name that they had when they were taken. The node
 * is freed; its descriptor can only be closed. Errors: ENXIO (a mapping is missing or
 * differs), EBUSY, ESRCH, EACCES, EUCLEAN, ENOMEM, EINTR. On error the process and the
 * node are unchanged.
 *
 * With PRAM_PUT_ARM the call only does the steps that can fail. The node is LOADING and
 * keeps its pages until one of the process's tasks resumes. That task moves the pages
 * into the process before it executes any instruction. If the process is killed while
 * all its tasks are stopped, the node becomes READY again, so no memory is lost before
 * the process runs. A second PRAM_IOC_PUT on the descriptor without the flag moves the
 * pages at once; it ignores @pidfd. Errors of that call: ESRCH (the process has ended),
 * EBUSY (the jump into the next kernel has begun), EINTR. On error nothing has changed.
 */
struct pram_put {
	__u32 size;
	__s32 pidfd;
	__u32 flags;
	__u32 reserved;
	__u64 pages;
};

/**
 * struct pram_hide - exclude a file's contents from a dump, PRAM_IOC_HIDE on the device
 * @size: sizeof(struct pram_hide)
 * @fd: a tmpfs or memfd file, or shared memory, open for writing
 * @flags: 0
 * @reserved: 0
 *
 * A checkpointer uses this for shared memory that it moves into a node after the dumped
 * processes have ended, so that the dump does not copy it too. For the calling process
 * and its children lseek(SEEK_DATA) finds no data in the file. Nothing else changes.
 * Returns a descriptor (close-on-exec); the effect lasts until it is closed. Errors:
 * EOPNOTSUPP (not shmem, or locked in memory: the restored mapping would be populated at
 * once, and PRAM_IOC_LOAD_FILE needs an empty file), EBUSY (already hidden, or a node is
 * taking it), EPERM, EBADF, ENOMEM.
 */
struct pram_hide {
	__u32 size;
	__s32 fd;
	__u32 flags;
	__u32 reserved;
};

/**
 * struct pram_release - zero and free all unclaimed pages, PRAM_IOC_RELEASE
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
 * Binds this descriptor to a memory node, so that mmap(MAP_SHARED) of the descriptor maps
 * the node. The offset of a mapping is the position of its first page in the node, as it
 * appears in /proc/PID/maps after PRAM_IOC_TAKE. Errors: EBUSY (the descriptor is bound
 * already, or the process whose memory was taken still maps the node), EPERM (not a
 * memory node), and the errors of PRAM_IOC_OPEN.
 */
#define PRAM_IOC_BIND		_IOW(PRAM_IOC_MAGIC, 0x06, struct pram_open)
#define PRAM_IOC_HIDE		_IOW(PRAM_IOC_MAGIC, 0x07, struct pram_hide)
#define PRAM_IOC_COMMIT_ALL	_IOW(PRAM_IOC_MAGIC, 0x08, struct pram_commit)

/* on a node's descriptor; PRAM_IOC_COMMIT takes no argument */
#define PRAM_IOC_COMMIT		_IO(PRAM_IOC_MAGIC, 0x10)
#define PRAM_IOC_ADD_FILE	_IOWR(PRAM_IOC_MAGIC, 0x11, struct pram_file)
#define PRAM_IOC_LOAD_FILE	_IOWR(PRAM_IOC_MAGIC, 0x12, struct pram_file)
#define PRAM_IOC_TAKE		_IOWR(PRAM_IOC_MAGIC, 0x13, struct pram_take)
#define PRAM_IOC_PUT		_IOWR(PRAM_IOC_MAGIC, 0x14, struct pram_put)

#endif /* _UAPI_LINUX_PRAM_H */
