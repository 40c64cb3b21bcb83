/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Persistent over-kexec memory storage: the kernel's own interface.
 *
 * A node is made by pram_prepare_save(), filled through the stream, and becomes
 * loadable by pram_finish_save(). pram_prepare_load() takes it off the list again,
 * in this kernel or in the next one; pram_finish_load() frees what was not
 * loaded. All calls may sleep. A stream belongs to one caller at a time; calls
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
 * @gfp_mask: for the memory that saving needs
 * @node: the node
 * @link: link page that the stream is at
 * @index: entry in @link
 * @offset: bytes already used of the byte stream's current page
 * @barrier: the next entry begins anew, even if it could lengthen the last one
 */
struct pram_stream {
	gfp_t gfp_mask;
	struct pram_handle *node;
	struct pram_link *link;
	unsigned int index;
	unsigned int offset;
	bool barrier;
};

#define PRAM_PAGE_LRU		0x01	/* page is on the LRU */

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
