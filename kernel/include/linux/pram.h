/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Persistent over-kexec memory storage: the interface for kernel code.
 *
 * Life cycle: pram_prepare_save() creates a node, the stream calls below fill it, and
 * pram_finish_save() commits it. Then pram_prepare_load() opens it, in this kernel or in
 * the next one, and pram_finish_load() frees the node and all data not loaded by then.
 *
 * Context: all functions may sleep. The caller serializes calls on the same stream; calls
 * on different streams need no locking.
 */
#ifndef _LINUX_PRAM_H
#define _LINUX_PRAM_H

#include <linux/gfp_types.h>
#include <linux/types.h>
#include <uapi/linux/pram.h>

struct folio;
struct page;
struct pram_handle;
struct pram_link;

enum pram_stream_type {
	PRAM_PAGE_STREAM = PRAM_NODE_PAGES,
	PRAM_BYTE_STREAM = PRAM_NODE_BYTES,
	PRAM_FILE_STREAM = PRAM_NODE_FILE,
	PRAM_MEMORY_STREAM = PRAM_NODE_MEMORY,
};

/**
 * struct pram_stream - a node being saved or loaded
 * @gfp_mask: allocation mask for the pages that saving allocates
 * @node: the node
 * @link: current link page
 * @index: loading: current entry in @link
 * @offset: byte streams: bytes used in the current page
 * @barrier: do not merge the next run into the last entry
 */
struct pram_stream {
	gfp_t gfp_mask;
	struct pram_handle *node;
	struct pram_link *link;
	unsigned int index;
	unsigned int offset;
	bool barrier;
};

#define PRAM_PAGE_LRU		0x01	/* the page was on an LRU list when it was saved */

int pram_prepare_save(struct pram_stream *ps, const char *name,
		      enum pram_stream_type type, gfp_t gfp_mask);
void pram_finish_save(struct pram_stream *ps);
void pram_discard_save(struct pram_stream *ps);

int pram_prepare_load(struct pram_stream *ps, const char *name,
		      enum pram_stream_type type);
void pram_finish_load(struct pram_stream *ps);

/* page streams */
int pram_save_page(struct pram_stream *ps, struct page *page, int flags);
int pram_save_folio(struct pram_stream *ps, struct folio *folio, int flags);
struct page *pram_load_page(struct pram_stream *ps, int *flags);

/* byte streams */
ssize_t pram_write(struct pram_stream *ps, const void *buf, size_t count);
size_t pram_read(struct pram_stream *ps, void *buf, size_t count);

#endif /* _LINUX_PRAM_H */
