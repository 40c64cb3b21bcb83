/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Moving a VMA's pages into a node, one page table at a time:
 *
 *   look    record what each entry maps and how to take it	memlook.c
 *   ready   allocate copies, free swap slots			memlook.c
 *   detach  clear the entries and freeze the reference counts;
 *           freezing fails if somebody else uses a page	memdetach.c
 *   add     append the pages to the node's stream		memtable.c
 *
 * mmap_lock is held for writing throughout, so no new entry can appear. Reclaim and
 * migration may remove entries at any time.
 */
#ifndef _MM_PRAM_MEMTAKE_H
#define _MM_PRAM_MEMTAKE_H

#include <linux/mm.h>
#include <linux/pgtable.h>

#include "mem.h"

/**
 * struct pram_item - a folio, or a page of a folio, that a page table maps
 * @addr: address of the first page
 * @folio: the folio; NULL for the zero page
 * @page: first page that is mapped here
 * @pte: entry of @page
 * @nr: number of entries
 * @small: the folio has order 0 and is taken without a copy
 * @held: a reference is held until pram_table_ready() has finished
 * @copy: folio that is taken instead; NULL if @folio itself is taken
 */
struct pram_item {
	unsigned long addr;
	struct folio *folio;
	struct page *page;
	pte_t pte;
	unsigned int nr;
	bool small;
	bool held;
	struct folio *copy;
};

/**
 * struct pram_taking - state of taking one VMA
 * @ps: stream of the node
 * @vma: the VMA
 * @pos: position of the VMA's first page in the stream, in pages
 * @next: current end of the stream, in pages
 * @copy: copy pages that somebody else uses, instead of trying again
 * @pin_waits: how often to wait for pinned pages of this VMA
 * @last: the last try: refuse the VMA if a page is pinned
 * @pinned: this try has met a pinned page
 * @leave_shared: refuse the VMA if another process shares a page
 * @ret: result for user space
 * @nr: number of items of the current page table
 * @plain: all items are @small: the fast path for the common case
 * @item: the items
 */
struct pram_taking {
	struct pram_stream *ps;
	struct vm_area_struct *vma;
	u64 pos;
	u64 next;
	bool copy;
	unsigned int pin_waits;
	bool last;
	bool pinned;
	bool leave_shared;
	struct pram_vma *ret;
	unsigned int nr;
	bool plain;
	struct pram_item item[PTRS_PER_PTE];
};

static inline int pram_refuse(struct pram_taking *t, u32 why)
{
	t->ret->left = why;
	return -EOPNOTSUPP;
}

/*
 * A page is pinned for DMA, or for a moment by process_vm_readv() of a monitor. mmap_lock is held
 * for writing, so nobody can pin it again.
 */
static inline int pram_refuse_pinned(struct pram_taking *t)
{
	t->pinned = true;
	return t->last ? pram_refuse(t, PRAM_LEFT_PINNED) : -EAGAIN;
}

/* memlook.c */
int pram_table_look(struct pram_taking *t, pmd_t *pmd, unsigned long addr,
		    unsigned long end);
int pram_table_ready(struct pram_taking *t);
void pram_table_unready(struct pram_taking *t);

/* memdetach.c */
void pram_folio_strip(struct folio *folio);
int pram_table_detach(struct pram_taking *t, pmd_t *pmd, unsigned long addr,
		      unsigned long end);

/* memtable.c */
int pram_table_take(struct pram_taking *t, unsigned long addr, unsigned long end);

#endif /* _MM_PRAM_MEMTAKE_H */
