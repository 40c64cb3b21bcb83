/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DOC: what two kernels agree on over a kexec
 *
 * Everything below is read by another kernel than the one that wrote it. All
 * fields are of fixed width and in the machine's byte order. A "pfn" is a page
 * frame number of PAGE_SIZE units, 0 means none. A change that an older kernel
 * would misread raises PRAM_VERSION.
 *
 *   pram= ─► super block ─► node ─► node ─► …       one page each
 *              │              └─► link ─► link ─► … entries: runs of data pages
 *              ├─► map root ─► leaf, leaf, …        a bit for each preserved page
 *              └─  scratch ranges                   no preserved page in there
 *
 * The super block is sealed (checksummed) only on the way into a kexec, and
 * unsealed by the kernel that adopts it: one that is found after a cold reset
 * does not check out, or names a boot that is over.
 *
 * Every page of this structure, the super block included, has its own bit in
 * the map. Checksums are crc32_le() seeded with ~0 over the page as it is with
 * its own crc field 0.
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
 * struct pram_range - physical memory
 * @base: first byte, page aligned
 * @size: bytes, whole pages
 */
struct pram_range {
	__u64 base;
	__u64 size;
};

/**
 * struct pram_super_block - the anchor, one page
 * @node_pfn: first node of the list
 * @magic: PRAM_SB_MAGIC
 * @version: PRAM_VERSION
 * @page_size: PRAM_ABI_PAGE_SIZE
 * @crc: of this page
 * @nr_scratch: used entries of @scratch
 * @boots: kexecs so far, counted by the kernel that seals
 * @map_pfn: first page of the map's root: physically contiguous slots
 * @map_slots: number of slots in the root; the map need not cover all memory
 * @map_crc: of the root, all its slots, seed ~0
 * @reserved: 0
 * @nr_pages: bits set in the map
 * @canary_pfn: page below 1 MiB that the sealing kernel filled with @canary and
 *	that any other kernel's boot overwrites; 0 if it could not
 * @canary: random number
 * @scratch: memory without a preserved page, ascending, not overlapping
 * @release: kernel release that sealed, nul-terminated, for the log
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

#define PRAM_LEAF_SHIFT		15	/* bits in a leaf: 32768, 128 MiB of 4K pages */
#define PRAM_LEAF_BITS		32768UL
#define PRAM_MAP_SLOTS_MAX	(1ULL << (40 - PRAM_LEAF_SHIFT))

/**
 * struct pram_slot - one entry of the map's root
 * @pfn: the leaf, a page full of bits; 0: no page preserved in this part.
 *	Bit n of the leaf of slot s is page frame s * PRAM_LEAF_BITS + n; bits count
 *	from the lowest of little-endian 64-bit words.
 * @nr: bits set in the leaf
 * @crc: of the leaf, set when sealed
 */
struct pram_slot {
	__u64 pfn;
	__u32 nr;
	__u32 crc;
};

/*
 * An entry: a run of folios of one order, adjacent in memory and in the stream.
 *
 *   bits 0..39   pfn of the first page (a hole: how many pages it skips)
 *   bits 40..43  order of each folio
 *   bits 44..55  number of folios, less 1
 *   bits 56..62  flags: the PRAM_PAGE_* of pram_save_page()
 *   bit  63      a hole: nothing at these positions
 *
 * An entry's position in the stream is the sum of what stands before it: 0
 * entries do not occur. The 40 bits are 52 bits of physical address.
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

/* largest folio that a kernel may save: what every kernel can build again */
#define PRAM_FOLIO_ORDER_MAX	10

/**
 * struct pram_link - entries of a node, one page
 * @link_pfn: next link of the node
 * @nr: used entries
 * @crc: of this page, set when the node is committed
 * @entry: the entries; unused ones are 0
 */
struct pram_link {
	__u64 link_pfn;
	__u32 nr;
	__u32 crc;
	__u64 entry[PRAM_LINK_ENTRIES];
};

/**
 * struct pram_node - one page
 * @flags: of a memory node what its process had, PRAM_MM_*; else 0
 * @type: PRAM_NODE_PAGES, _BYTES, _FILE, _MEMORY
 * @data_len: bytes of a byte stream, or size of the file
 * @link_pfn: first link
 * @node_pfn: next node in the list
 * @name: nul-terminated, unique
 * @magic: PRAM_NODE_MAGIC
 * @crc: of this page, set when sealed
 * @seals: F_SEAL_* of the file
 * @nr_pages: data pages, holes not counted
 * @nr_folios: folios they form
 * @nr_links: link pages
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

/* PR_SET_MDWE: bits of a memory node's flags */
#define PRAM_MM_MDWE		0x1
#define PRAM_MM_MDWE_NO_INHERIT	0x2
#define PRAM_MM_FLAGS		0x3

/*
 * A memory node's stream holds the mappings' pages, one mapping after the other,
 * each with its holes, and then pages of records that say what the mappings
 * were: entries with this flag.
 */
#define PRAM_ENTRY_RECORDS	0x02

#define PRAM_RECORDS_MAGIC	0x3153444e414d5250ULL	/* "PRMANDS1" */
#define PRAM_VMA_NAME_MAX	80
#define PRAM_VMA_POLICY_MAX	64

/* what a mapping was; bits of struct pram_record's flags */
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
#define PRAM_VMA_FLAGS		0xffff

/**
 * struct pram_record - one mapping
 * @start: first byte
 * @end: first byte after it
 * @pos: its first page's position in the stream
 * @pgoff: page offset that it had as a private mapping
 * @flags: PRAM_VMA_*
 * @name: as set by PR_SET_VMA_ANON_NAME, nul-terminated
 * @policy: of NUMA, in tmpfs's notation, nul-terminated; empty: none
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
 * struct pram_records - one page of them
 * @magic: PRAM_RECORDS_MAGIC
 * @nr: used ones
 * @crc: of this page
 * @record: the mappings, by their position
 */
struct pram_records {
	__u64 magic;
	__u32 nr;
	__u32 crc;
	struct pram_record record[PRAM_RECORDS];
};

#endif /* _LINUX_PRAM_ABI_H */
