/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VMA's pages on their way into a node, one page table at a time:
 *
 *   look    what each entry maps, and how it can be had	memlook.c
 *   ready   memory for copies, swap slots freed		memlook.c
 *   detach  the entries are cleared; whoever else may have a page by now holds a
 *           reference, and freezing the count finds that	memdetach.c
 *   add     to the node's stream				memtable.c
 *
 * mmap_lock is held for writing throughout, so nothing is mapped anew, but reclaim
 * and migration may take entries away at any moment.
 */
#ifndef _MM_PRAM_MEMTAKE_H
#define _MM_PRAM_MEMTAKE_H

#include <linux/mm.h>
#include <linux/pgtable.h>

#include "mem.h"

/**
 * struct pram_item - a folio, or a page of one, that a page table maps
 * @addr: where
 * @folio: the folio
 * @page: its first page that is mapped here
 * @pte: the entry for it
 * @nr: entries
 * @small: the folio is one page, and is to be taken as it is
 * @held: it is referenced, until the table is ready
 * @copy: what takes its place if it is not taken itself
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
 * struct pram_taking - a VMA being taken
 * @ps: stream
 * @vma: the VMA
 * @pos: position of its first page
 * @next: first position that the stream does not have yet
 * @copy: copy what cannot be taken at once
 * @leave_shared: leave the VMA if another process shares a page
 * @ret: what is found out
 * @nr: items of the present page table
 * @plain: all of them are single pages, or nothing: the usual case, and the quick one
 * @item: the items
 */
struct pram_taking {
	struct pram_stream *ps;
	struct vm_area_struct *vma;
	u64 pos;
	u64 next;
	bool copy;
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
