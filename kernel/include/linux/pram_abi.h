/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DOC: format of preserved memory across a kexec
 *
 * One kernel writes these structures and another kernel reads them. All fields have
 * a fixed width and the machine's byte order. A "pfn" is a page frame number in units
 * of PAGE_SIZE; 0 means none. A change that an older kernel would misread must raise
 * PRAM_VERSION.
 *
 *   pram= ─► super block ─► node ─► node ─► …       one page each
 *              │              └─► link ─► link ─► … entries: runs of data pages
 *              ├─► map root ─► leaf, leaf, …        a bit for each preserved page
 *              └─  scratch ranges                   contain no preserved page
 *
 * On x86 kexec_file_load() also passes the page frame of the super block as setup_data.
 *
 * The super block is sealed (checksummed) only immediately before the jump into the
 * next kernel. The kernel that adopts it breaks the seal, so a super block is valid
 * for one boot. One that is found after a cold reset is unsealed or fails the canary check.
 *
 * Every page of these structures, including the super block, has its own bit in the
 * map. Unless a field says otherwise, a checksum is crc32_le(), seeded with ~0, over
 * the whole page with its crc field taken as 0.
 */
#ifndef _LINUX_PRAM_ABI_H
#define _LINUX_PRAM_ABI_H

#include <linux/types.h>
#include <uapi/linux/pram.h>

#define PRAM_VERSION		1

#define PRAM_SB_MAGIC		0x4b4c42534d415250ULL	/* "PRAMSBLK" */
#define PRAM_NODE_MAGIC		0x45444f4e4d415250ULL	/* "PRAMNODE" */

#define PRAM_ABI_PAGE_SIZE	4096
#define PRAM_SCRATCH_MAX	16
#define PRAM_RELEASE_MAX	64

/**
 * struct pram_range - a range of physical memory
 * @base: first byte, page aligned
 * @size: bytes, whole pages
 */
struct pram_range {
	__u64 base;
	__u64 size;
};

/**
 * struct pram_super_block - root of the format, one page
 * @node_pfn: first node of the list
 * @magic: PRAM_SB_MAGIC
 * @version: PRAM_VERSION
 * @page_size: PRAM_ABI_PAGE_SIZE
 * @crc: checksum of the page
 * @nr_scratch: number of used entries in @scratch
 * @boots: number of kexecs so far; incremented by the kernel that seals
 * @map_pfn: first page of the map's root, a physically contiguous array of slots
 * @map_slots: number of slots in the root; the map need not cover all memory
 * @map_crc: crc32_le() of all slots of the root, seeded with ~0
 * @reserved: 0
 * @nr_pages: number of bits set in the map
 * @canary_pfn: page below 1 MiB that the sealing kernel filled with @canary. The boot
 *	of any kernel overwrites it. 0 if there is no canary.
 * @canary: random number, repeated throughout the page @canary_pfn
 * @scratch: ranges that contain no preserved page, ascending, not overlapping
 * @release: release of the kernel that sealed, nul-terminated; for the log only
 */
struct pram_super_block {
	__u64 node_pfn;
	__u64 magic;
	__u32 version;
	__u32 page_size;
	__u32 crc;
	__u32 nr_scratch;
	__u64 boots;
	__u64 map_pfn;
	__u64 map_slots;
	__u32 map_crc;
	__u32 reserved;
	__u64 nr_pages;
	__u64 canary_pfn;
	__u64 canary;
	struct pram_range scratch[PRAM_SCRATCH_MAX];
	char release[PRAM_RELEASE_MAX];
};

/*
 * Type of the setup_data entry with struct pram_setup_data (x86). The numbers of the boot
 * protocol are assigned one after the other, so this one is far away from them: "PRAM".
 */
#define PRAM_SETUP_DATA		0x4d415250

/**
 * struct pram_setup_data - what kexec_file_load() tells the next kernel
 * @sb_pfn: page frame of the super block
 */
struct pram_setup_data {
	__u64 sb_pfn;
};

#define PRAM_LEAF_SHIFT		15	/* a leaf has 32768 bits: 128 MiB of 4 KiB pages */
#define PRAM_LEAF_BITS		32768UL
#define PRAM_MAP_SLOTS_MAX	(1ULL << (40 - PRAM_LEAF_SHIFT))

/**
 * struct pram_slot - one entry of the map's root
 * @pfn: the leaf, a page of bits, or 0 if no page of this part is preserved. Bit n of
 *	the leaf of slot s stands for page frame s * PRAM_LEAF_BITS + n. Bits are
 *	numbered from the least significant bit of little-endian 64-bit words.
 * @nr: number of bits set in the leaf
 * @crc: crc32_le() of the leaf, seeded with ~0; valid when sealed
 */
struct pram_slot {
	__u64 pfn;
	__u32 nr;
	__u32 crc;
};

/*
 * A stream entry is a run of folios of one order, adjacent in memory and in the stream,
 * or a hole.
 *
 *   bits 0..39   pfn of the first page; for a hole, the number of pages
 *   bits 40..43  order of each folio
 *   bits 44..55  number of folios, minus 1
 *   bits 56..62  flags: PRAM_PAGE_*, or PRAM_ENTRY_RECORDS in a memory node
 *   bit  63      hole: no pages at these positions
 *
 * The position of an entry in the stream is the sum of the lengths of all entries
 * before it. An entry is never 0. A pfn of 40 bits covers 52 bits of physical address.
 */
#define PRAM_ENTRY_PFN_BITS	40
#define PRAM_ENTRY_PFN_MAX	((1ULL << PRAM_ENTRY_PFN_BITS) - 1)
#define PRAM_ENTRY_ORDER_SHIFT	40
#define PRAM_ENTRY_ORDER_MAX	15
#define PRAM_ENTRY_NR_SHIFT	44
#define PRAM_ENTRY_NR_MAX	4096
#define PRAM_ENTRY_FLAGS_SHIFT	56
#define PRAM_ENTRY_FLAGS_MAX	0x7f
#define PRAM_ENTRY_HOLE		0x8000000000000000ULL

#define PRAM_LINK_ENTRIES	510

/* Largest folio that may be saved. Every kernel must be able to build it again. */
#define PRAM_FOLIO_ORDER_MAX	10

/**
 * struct pram_link - stream entries of a node, one page
 * @link_pfn: next link of the node
 * @nr: number of used entries
 * @crc: checksum of the page, set when the node is committed
 * @entry: the entries; unused entries are 0
 */
struct pram_link {
	__u64 link_pfn;
	__u32 nr;
	__u32 crc;
	__u64 entry[PRAM_LINK_ENTRIES];
};

/**
 * struct pram_node - a node, one page
 * @flags: memory node: PRAM_MM_* flags of the process; other types: 0
 * @type: PRAM_NODE_PAGES, _BYTES, _FILE or _MEMORY
 * @data_len: length in bytes of the byte stream, the file or the process memory
 * @link_pfn: first link
 * @node_pfn: next node in the list
 * @name: nul-terminated, unique
 * @magic: PRAM_NODE_MAGIC
 * @crc: checksum of the page, set when sealed
 * @seals: file node: F_SEAL_* of the file
 * @nr_pages: number of data pages, without holes
 * @nr_folios: number of folios that these pages form
 * @nr_links: number of link pages
 */
struct pram_node {
	__u32 flags;
	__u32 type;
	__u64 data_len;
	__u64 link_pfn;
	__u64 node_pfn;
	__u8 name[PRAM_NAME_MAX];
	__u64 magic;
	__u32 crc;
	__u32 seals;
	__u64 nr_pages;
	__u64 nr_folios;
	__u64 nr_links;
};

/*
 * struct pram_node @flags: the process's settings PR_SET_MDWE, mlockall(MCL_FUTURE) with or
 * without MCL_ONFAULT, and PR_SET_MEMORY_MERGE
 */
#define PRAM_MM_MDWE		0x01
#define PRAM_MM_MDWE_NO_INHERIT	0x02
#define PRAM_MM_LOCK_FUTURE	0x04
#define PRAM_MM_LOCK_ONFAULT	0x08
#define PRAM_MM_MERGE_ANY	0x10
#define PRAM_MM_FLAGS		0x1f

/*
 * The stream of a memory node holds the pages of all mappings, one mapping after the
 * other, including holes. Pages of struct pram_records follow, which describe the
 * mappings; their entries have this flag.
 */
#define PRAM_ENTRY_RECORDS	0x02

#define PRAM_RECORDS_MAGIC	0x3153444e414d5250ULL	/* "PRMANDS1" */
#define PRAM_VMA_NAME_MAX	80
#define PRAM_VMA_POLICY_MAX	64

/* struct pram_record @flags: attributes of the mapping */
#define PRAM_VMA_READ		0x0001
#define PRAM_VMA_WRITE		0x0002
#define PRAM_VMA_EXEC		0x0004
#define PRAM_VMA_LOCKED		0x0008
#define PRAM_VMA_LOCKONFAULT	0x0010
#define PRAM_VMA_DONTFORK	0x0020
#define PRAM_VMA_WIPEONFORK	0x0040
#define PRAM_VMA_DONTDUMP	0x0080
#define PRAM_VMA_ACCOUNT	0x0100
#define PRAM_VMA_NORESERVE	0x0200
#define PRAM_VMA_HUGEPAGE	0x0400
#define PRAM_VMA_NOHUGEPAGE	0x0800
#define PRAM_VMA_MERGEABLE	0x1000
#define PRAM_VMA_SOFTDIRTY	0x2000
#define PRAM_VMA_SEQ_READ	0x4000
#define PRAM_VMA_RAND_READ	0x8000
#define PRAM_VMA_DROPPABLE	0x10000
#define PRAM_VMA_SEALED		0x20000
/* The checkpointer kept the mapping, but loses the other flags in the record. */
#define PRAM_VMA_LEFT		0x40000
#define PRAM_VMA_FLAGS		0x7ffff

/**
 * struct pram_record - description of one private anonymous mapping, or, with
 *	PRAM_VMA_LEFT, of any mapping that is not in the stream
 * @start: address of the first byte
 * @end: address of the first byte after the mapping
 * @pos: position of the first page in the stream, in pages; PRAM_VMA_LEFT: 0
 * @pgoff: page offset of the mapping (vm_pgoff)
 * @flags: PRAM_VMA_*
 * @name: name set by PR_SET_VMA_ANON_NAME, nul-terminated; empty if none
 * @policy: NUMA policy in the notation of tmpfs's mpol= option, nul-terminated; empty
 *	if none
 */
struct pram_record {
	__u64 start;
	__u64 end;
	__u64 pos;
	__u64 pgoff;
	__u64 flags;
	char name[PRAM_VMA_NAME_MAX];
	char policy[PRAM_VMA_POLICY_MAX];
};

#define PRAM_RECORDS		22

/**
 * struct pram_records - a page of mapping descriptions
 * @magic: PRAM_RECORDS_MAGIC
 * @nr: number of used entries in @record
 * @crc: crc32_le() of this struct, not of the whole page: sizeof(struct pram_records),
 *	4064 bytes, with @crc taken as 0, seeded with ~0
 * @record: the mappings, ordered by their position in the stream; PRAM_VMA_LEFT: after these,
 *	ordered by address
 */
struct pram_records {
	__u64 magic;
	__u32 nr;
	__u32 crc;
	struct pram_record record[PRAM_RECORDS];
};

#endif /* _LINUX_PRAM_ABI_H */
