/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Declarations shared by the files of mm/pram, and their locks.
 *
 *   pram_mutex       protects the list of nodes, their states, names and fillers
 *   pram_map_mutex   protects the map, the counters and the ranges of the kexec image
 *
 * Lock order: pram_mutex, pram_map_mutex. A node in state SAVING or LOADING belongs to
 * whoever put it into that state; its entries need no lock. Before the initcalls run,
 * the map is only read and no lock is needed.
 */
#ifndef _MM_PRAM_INTERNAL_H
#define _MM_PRAM_INTERNAL_H

#include <linux/atomic.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/pram.h>
#include <linux/pram_abi.h>

#include "layout.h"

struct folio;
struct kimage;
struct pram_mem;
struct pram_nodefd;

/**
 * struct pram_handle - in-memory state of a node
 * @list: entry in pram_nodes, which is sorted by @id
 * @id: increasing, never reused; the cursor of PRAM_IOC_NEXT
 * @state: PRAM_STATE_*
 * @type: PRAM_NODE_*
 * @foreign: an earlier kernel saved the pages: large folios must be built again
 * @consuming: loading removes pages from the node; the next kernel must not get it
 * @pfn: page frame of a node adopted from an earlier kernel, otherwise 0
 * @node: the page that the next kernel reads; NULL if the node is corrupt
 * @name: the node's name
 * @why: reason why the node is corrupt
 * @mem: state of a memory node that was taken or bound, see mem.h
 * @detach: separates @mem from the node before the node is freed; NULL if there is no @mem
 * @filler: descriptor of a memory node under construction whose memory was taken; NULL once
 *	PRAM_IOC_COMMIT or a close has begun. PRAM_IOC_COMMIT_ALL finds it here.
 */
struct pram_handle {
	struct list_head list;
	u64 id;
	u32 state;
	u32 type;
	bool foreign;
	bool consuming;
	u64 pfn;
	struct pram_node *node;
	char name[PRAM_NAME_MAX];
	const char *why;
	struct pram_mem *mem;
	void (*detach)(struct pram_handle *h);
	struct pram_nodefd *filler;
};

/**
 * struct pram_cursor - iterator over a node's entries that does not consume them
 * @link: current link page, NULL at the end
 * @index: next entry in @link
 * @pos: position of that entry in the stream, in pages, including holes
 */
struct pram_cursor {
	struct pram_link *link;
	unsigned int index;
	u64 pos;
};

/**
 * struct pram_mark - a saved position of a stream under construction
 * @link: last link page at that time
 * @index: used entries in @link at that time
 * @nr_pages: the node's nr_pages at that time
 * @nr_folios: the node's nr_folios at that time
 */
struct pram_mark {
	struct pram_link *link;
	unsigned int index;
	u64 nr_pages;
	u64 nr_folios;
};

/**
 * struct pram_extent - a run of folios returned by a cursor
 * @pfn: first page
 * @pos: position of the first page in the stream, in pages
 * @nr: number of folios
 * @order: order of each folio
 * @flags: flags of the entry
 */
struct pram_extent {
	u64 pfn;
	u64 pos;
	unsigned int nr;
	unsigned int order;
	unsigned int flags;
};

/*
 * For allocations while a mutex of PRAM or the mmap_lock of a process is held: fail rather than
 * call the OOM killer. The caller can fail, and a victim could not exit without the lock.
 */
#define PRAM_GFP_NO_OOM	(__GFP_RETRY_MAYFAIL | __GFP_NOWARN)

/* state.c */
extern struct pram_super_block *pram_sb;
extern bool pram_found;
/* Set at SYS_RESTART under both mutexes. Pages saved after that would be lost. */
extern bool pram_sealed;
extern struct mutex pram_mutex;
extern struct pram_map pram_map;
extern struct mutex pram_map_mutex;
extern atomic64_t pram_moved_pages;
extern struct list_head pram_nodes;
/* Set before the initcalls run, constant afterwards. */
extern struct pram_range pram_scratch[PRAM_SCRATCH_MAX];
extern unsigned int pram_nr_scratch;

/* frame.c */
bool pram_in_scratch(u64 pfn, u64 nr);
void pram_image_ban(const struct kimage *img);
bool pram_image_hits(u64 pfn, u64 nr);
bool pram_banned(u64 pfn, u64 nr);
struct page *pram_alloc_page(gfp_t gfp);

/* boot.c */
struct pram_super_block *pram_boot_super_block(void);

/* place.c */
unsigned long pram_place(void);
const char *pram_place_problem(void);

/* canary.c */
void pram_canary_set(struct pram_super_block *sb);
const char *pram_canary_check(const struct pram_super_block *sb);

/* withhold.c */
extern bool pram_withholding;

/* hotadd.c */
#ifdef CONFIG_MEMORY_HOTPLUG
bool pram_hot_added(u64 pfn, u64 nr);
#else
static inline bool pram_hot_added(u64 pfn, u64 nr)
{
	return false;
}
#endif

/* page.c */
void *pram_alloc_meta(gfp_t gfp);
void pram_free_meta(void *page);
int pram_keep(u64 pfn, u64 nr);
void pram_unkeep(u64 pfn, u64 nr);
struct folio *pram_move_folio(struct folio *folio, gfp_t gfp);
struct folio *pram_folio(const struct pram_handle *h, u64 pfn, unsigned int order);
void pram_free_pages(u64 pfn, unsigned int order, unsigned int nr, bool zero);

/* node.c: the caller holds pram_mutex */
void pram_node_insert(struct pram_handle *h);
struct pram_handle *pram_node_find(const char *name);
struct pram_handle *pram_node_find_intact(const char *name);
struct pram_handle *pram_node_after(u64 id);
int pram_node_create(const char *name, u32 type, gfp_t gfp,
		     struct pram_handle **ret);
void pram_node_free(struct pram_handle *h);
void pram_node_count(unsigned int *ret_nodes, unsigned int *ret_corrupt);
void pram_node_forget(struct pram_handle *h);

/* node.c: the caller owns the node */
int pram_node_consume(struct pram_handle *h);
void pram_node_discard(struct pram_handle *h, bool zero);
void pram_links_seal(struct pram_handle *h);

/* handover.c */
void pram_node_adopt(u64 pfn, struct pram_map *claimed);
void pram_node_unkeep(struct pram_handle *h);
u64 pram_node_seal(void);

/* unclaimed.c */
void pram_unclaimed_find(struct pram_map *claimed);
u64 pram_unclaimed_pages(void);
int pram_unclaimed_release(u64 *ret_pages);

/* stream.c */
void pram_stream_init(struct pram_stream *ps, struct pram_handle *h, gfp_t gfp);
int pram_stream_add(struct pram_stream *ps, u64 pfn, unsigned int order,
		    unsigned int flags);
int pram_stream_add_run(struct pram_stream *ps, u64 pfn, unsigned int order,
			unsigned int nr, unsigned int flags);
int pram_stream_hole(struct pram_stream *ps, u64 pages);
int pram_stream_fill(struct pram_stream *ps, u64 pos, u64 pfn);
int pram_stream_mark(struct pram_stream *ps, struct pram_mark *mark);
void pram_stream_rewind(struct pram_stream *ps, const struct pram_mark *mark);
void pram_cursor_init(struct pram_cursor *cur, const struct pram_handle *h);
void pram_cursor_at(struct pram_cursor *cur, const struct pram_mark *mark, u64 pos);
bool pram_cursor_next(struct pram_cursor *cur, struct pram_extent *ret);
void pram_cursor_take(struct pram_cursor *cur, const struct pram_extent *ext);

/* file.c */
int pram_file_take(struct pram_stream *ps, struct file *file,
		   struct pram_file *arg);
int pram_file_put(struct pram_handle *h, struct file *file,
		  struct pram_file *arg);

/* kexec.c */
bool pram_image_loaded(void);
bool pram_image_gets_memory(const struct kimage *img);

#endif /* _MM_PRAM_INTERNAL_H */
