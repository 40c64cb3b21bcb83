// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of nodes, and the life cycle of a node:
 *
 *   pram_prepare_save() ─► SAVING ─ pram_finish_save() ─► READY
 *                             ├─ pram_claims_commit() ─► READY, a memory node
 *                             └─ pram_discard_save(): gone
 *   READY ─ pram_prepare_load() ─► LOADING ─ pram_finish_load(): gone
 *   READY ─ PRAM_IOC_OPEN ─► LOADING ─ close ─► READY
 *
 * handover.c passes the list to the next kernel and adopts it there.
 */
#define pr_fmt(fmt) "PRAM: " fmt

#include <linux/err.h>
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "internal.h"

/* Protected by pram_mutex. */
static u64 pram_last_id;

struct pram_handle *pram_node_find(const char *name)
{
	struct pram_handle *h;

	list_for_each_entry(h, &pram_nodes, list)
		if (!strcmp(h->name, name))
			return h;
	return NULL;
}

/* Returns the node @name; an ERR_PTR of -ENOENT if there is none, of -EUCLEAN if it is corrupt. */
struct pram_handle *pram_node_find_intact(const char *name)
{
	struct pram_handle *h = pram_node_find(name);

	if (!h)
		return ERR_PTR(-ENOENT);
	return h->state == PRAM_STATE_CORRUPT ? ERR_PTR(-EUCLEAN) : h;
}

/* Returns the node with the lowest id greater than @id, or NULL. */
struct pram_handle *pram_node_after(u64 id)
{
	struct pram_handle *h;

	list_for_each_entry(h, &pram_nodes, list)
		if (h->id > id)
			return h;
	return NULL;
}

void pram_node_count(unsigned int *ret_nodes, unsigned int *ret_corrupt)
{
	struct pram_handle *h;

	*ret_nodes = 0;
	*ret_corrupt = 0;
	list_for_each_entry(h, &pram_nodes, list) {
		++*ret_nodes;
		if (h->state == PRAM_STATE_CORRUPT)
			++*ret_corrupt;
	}
}

/* Appends a node to the list and gives it a new id. */
void pram_node_insert(struct pram_handle *h)
{
	h->id = ++pram_last_id;
	list_add_tail(&h->list, &pram_nodes);
}

/**
 * pram_node_create - create an empty node in state SAVING
 * @name: name, already checked for length
 * @type: PRAM_NODE_*
 * @gfp: allocation mask for the node's page
 * @ret: returns the node
 *
 * Context: the caller holds pram_mutex. May sleep.
 * Return: 0, -EEXIST, -ENOMEM, -EBUSY if the jump into the next kernel has begun.
 */
int pram_node_create(const char *name, u32 type, gfp_t gfp,
		     struct pram_handle **ret)
{
	struct pram_handle *h;

	if (pram_sealed)
		return -EBUSY;
	if (pram_node_find(name))
		return -EEXIST;
	h = kzalloc(sizeof(*h), GFP_KERNEL);
	if (!h)
		return -ENOMEM;
	h->node = pram_alloc_meta(gfp);
	if (!h->node) {
		kfree(h);
		return -ENOMEM;
	}
	h->node->magic = PRAM_NODE_MAGIC;
	h->node->type = type;
	strscpy((char *)h->node->name, name, PRAM_NAME_MAX);
	strscpy(h->name, name, PRAM_NAME_MAX);
	h->type = type;
	h->state = PRAM_STATE_SAVING;
	pram_node_insert(h);
	*ret = h;
	return 0;
}

/**
 * pram_node_free - remove a node from the list and free it
 * @h: node that nobody else uses, and whose data and links were freed or forgotten
 *
 * Context: the caller holds pram_mutex.
 */
void pram_node_free(struct pram_handle *h)
{
	list_del_init(&h->list);
	if (h->detach)
		h->detach(h);
	pram_free_meta(h->node);
	kfree(h);
}

static void pram_free_links(struct pram_node *node)
{
	u64 pfn = node->link_pfn;

	while (pfn) {
		struct pram_link *link = pram_va(pfn);

		pfn = link->link_pfn;
		pram_free_meta(link);
		cond_resched();
	}
	node->link_pfn = 0;
	node->nr_links = 0;
	node->nr_pages = 0;
	node->nr_folios = 0;
	node->data_len = 0;
}

/**
 * pram_node_discard - free a node and its data
 * @h: node owned by the caller, SAVING or being consumed, so that sealing does not hand it over
 * @zero: zero pages to which nobody else holds a reference
 *
 * Zeroing takes long, and everything else waits for pram_mutex, also the reboot.
 *
 * Context: may sleep. Takes pram_mutex, but does not hold it meanwhile.
 */
void pram_node_discard(struct pram_handle *h, bool zero)
{
	struct pram_cursor cur;
	struct pram_extent ext;

	pram_cursor_init(&cur, h);
	while (pram_cursor_next(&cur, &ext)) {
		pram_cursor_take(&cur, &ext);
		pram_free_pages(ext.pfn, ext.order, ext.nr, zero);
	}
	mutex_lock(&pram_mutex);
	pram_free_links(h->node);
	pram_node_free(h);
	mutex_unlock(&pram_mutex);
}

/**
 * pram_node_consume - begin to remove data from a node for good
 * @h: node owned by the caller
 *
 * Sealing hands a node over to the next kernel either whole, or not at all once this was called.
 *
 * Context: may sleep. Takes pram_mutex.
 * Return: 0; -EBUSY if the jump into the next kernel has begun: the node must stay whole.
 */
int pram_node_consume(struct pram_handle *h)
{
	int err = 0;

	mutex_lock(&pram_mutex);
	if (pram_sealed)
		err = -EBUSY;
	else
		h->consuming = true;
	mutex_unlock(&pram_mutex);
	return err;
}

/**
 * pram_node_forget - free a node's links but not its data
 * @h: node owned by the caller; somebody else owns its data now
 *
 * Context: the caller holds pram_mutex.
 */
void pram_node_forget(struct pram_handle *h)
{
	pram_free_links(h->node);
}

/**
 * pram_prepare_save - create a node and begin to save to it
 * @ps: stream to initialize
 * @name: the node's name
 * @type: type of the node
 * @gfp_mask: allocation mask for the pages that saving allocates
 *
 * On success the caller must call pram_finish_save() or pram_discard_save().
 *
 * Context: may sleep. Takes pram_mutex.
 * Return: 0 on success, -errno on failure.
 *
 * Error values:
 *    %ENODEV: PRAM not available
 *    %ENAMETOOLONG: name len >= PRAM_NAME_MAX
 *    %ENOMEM: insufficient memory available
 *    %EEXIST: node with specified name already exists
 *    %EBUSY: the jump into the next kernel has begun
 */
int pram_prepare_save(struct pram_stream *ps, const char *name,
		      enum pram_stream_type type, gfp_t gfp_mask)
{
	struct pram_handle *h;
	int err;

	if (!pram_sb)
		return -ENODEV;
	if (WARN_ON_ONCE(type > PRAM_MEMORY_STREAM))
		return -EPERM;
	if (strlen(name) >= PRAM_NAME_MAX)
		return -ENAMETOOLONG;
	mutex_lock(&pram_mutex);
	err = pram_node_create(name, type, gfp_mask, &h);
	mutex_unlock(&pram_mutex);
	if (!err)
		pram_stream_init(ps, h, gfp_mask);
	return err;
}
EXPORT_SYMBOL_GPL(pram_prepare_save);

/**
 * pram_links_seal - complete the links of a node for the next kernel
 * @h: node under construction, to which nothing more is saved
 */
void pram_links_seal(struct pram_handle *h)
{
	u64 pfn = h->node->link_pfn;

	while (pfn) {
		struct pram_link *link = pram_va(pfn);

		pram_link_seal(link);
		pfn = link->link_pfn;
		cond_resched();
	}
}

/**
 * pram_finish_save - commit a node, so that it can be loaded
 * @ps: stream from pram_prepare_save(); it must not be used afterwards
 *
 * Context: may sleep. Takes pram_mutex.
 */
void pram_finish_save(struct pram_stream *ps)
{
	struct pram_handle *h = ps->node;

	if (WARN_ON_ONCE(h->state != PRAM_STATE_SAVING))
		return;
	pram_links_seal(h);
	mutex_lock(&pram_mutex);
	h->state = PRAM_STATE_READY;
	mutex_unlock(&pram_mutex);
}
EXPORT_SYMBOL_GPL(pram_finish_save);

/**
 * pram_discard_save - free a node under construction and the data saved to it
 * @ps: stream from pram_prepare_save(); it must not be used afterwards
 *
 * Context: may sleep. Takes pram_mutex.
 */
void pram_discard_save(struct pram_stream *ps)
{
	struct pram_handle *h = ps->node;

	if (WARN_ON_ONCE(h->state != PRAM_STATE_SAVING))
		return;
	pram_node_discard(h, false);
}
EXPORT_SYMBOL_GPL(pram_discard_save);

/**
 * pram_prepare_load - open a committed node and begin to load from it
 * @ps: stream to initialize
 * @name: the node's name
 * @type: expected type of the node
 *
 * Loading consumes the node. On success the caller must call pram_finish_load().
 *
 * Context: may sleep. Takes pram_mutex.
 * Return: 0 on success, -errno on failure.
 *
 * Error values:
 *    %ENODEV: PRAM not available
 *    %ENOENT: node with specified name does not exist, or is corrupt
 *    %EBUSY: the node is being saved or loaded, or the jump into the next kernel has begun
 *    %EPERM: the node has another type
 */
int pram_prepare_load(struct pram_stream *ps, const char *name,
		      enum pram_stream_type type)
{
	struct pram_handle *h;
	int err = 0;

	if (!pram_sb)
		return -ENODEV;
	mutex_lock(&pram_mutex);
	h = pram_node_find(name);
	if (!h || h->state == PRAM_STATE_CORRUPT)
		err = -ENOENT;
	else if (h->state != PRAM_STATE_READY || pram_sealed)
		err = -EBUSY;
	else if (h->type != type)
		err = -EPERM;
	if (!err) {
		h->state = PRAM_STATE_LOADING;
		h->consuming = true;
	}
	mutex_unlock(&pram_mutex);
	if (!err)
		pram_stream_init(ps, h, GFP_KERNEL);
	return err;
}
EXPORT_SYMBOL_GPL(pram_prepare_load);

/**
 * pram_finish_load - free a node and the data not loaded from it
 * @ps: stream from pram_prepare_load(); it must not be used afterwards
 *
 * Context: may sleep. Takes pram_mutex.
 */
void pram_finish_load(struct pram_stream *ps)
{
	struct pram_handle *h = ps->node;

	if (WARN_ON_ONCE(h->state != PRAM_STATE_LOADING))
		return;
	pram_node_discard(h, true);
}
EXPORT_SYMBOL_GPL(pram_finish_load);
