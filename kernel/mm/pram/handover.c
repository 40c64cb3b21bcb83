// SPDX-License-Identifier: GPL-2.0-only
/*
 * Handing nodes over to the next kernel: one kernel seals and links them, the next kernel
 * checks and adopts them.
 *
 * While a kernel runs, the list of nodes is pram_nodes. The pages that the next kernel
 * reads are linked only at SYS_RESTART.
 */
#define pr_fmt(fmt) "PRAM: " fmt

#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "internal.h"

/* Clears the map bits of a node that is not handed over. The caller holds pram_mutex. */
void pram_node_unkeep(struct pram_handle *h)
{
	struct pram_cursor cur;
	struct pram_extent ext;
	u64 pfn;

	pram_cursor_init(&cur, h);
	while (pram_cursor_next(&cur, &ext))
		pram_unkeep(ext.pfn, (u64)ext.nr << ext.order);
	for (pfn = h->node->link_pfn; pfn;
	     pfn = ((struct pram_link *)pram_va(pfn))->link_pfn)
		pram_unkeep(pfn, 1);
	pram_unkeep(PFN_DOWN(__pa(h->node)), 1);
}

/**
 * pram_node_seal - link the nodes for the next kernel
 *
 * Nodes that are not committed, or that are being consumed, are not handed over.
 *
 * Context: the caller holds pram_mutex and seals the map next.
 * Return: page frame of the first node, 0 if there is none.
 */
u64 pram_node_seal(void)
{
	struct pram_handle *h;
	u64 pfn = 0;

	list_for_each_entry_reverse(h, &pram_nodes, list) {
		if (h->state == PRAM_STATE_CORRUPT)
			continue;
		if (h->state == PRAM_STATE_SAVING || h->consuming) {
			pr_warn("node \"%s\" is not complete and is not kept\n",
				h->name);
			pram_node_unkeep(h);
			continue;
		}
		h->node->node_pfn = pfn;
		pram_node_page_seal(h->node);
		pfn = PFN_DOWN(__pa(h->node));
	}
	return pfn;
}

/* Checks the node at @pfn and claims its pages. Returns NULL, or the reason why it is corrupt. */
static const char *pram_node_adopt_one(u64 pfn, struct pram_map *claimed, bool *ret_readable)
{
	struct pram_node *node = pram_va(pfn);
	const char *why = pram_node_check(node);

	*ret_readable = !why;
	if (!why && pram_node_find((char *)node->name))
		why = "a node of that name exists";
	return why ?: pram_node_claim(node, pfn, &pram_map, claimed);
}

static struct pram_handle *pram_node_insert_adopted(u64 pfn, const char *why,
						    bool readable)
{
	struct pram_handle *h = kzalloc(sizeof(*h), GFP_KERNEL);
	struct pram_node *node = pram_va(pfn);

	if (!h)
		return NULL;
	if (readable)
		strscpy(h->name, (char *)node->name, PRAM_NAME_MAX);
	else
		snprintf(h->name, PRAM_NAME_MAX, "corrupt-%llx", pfn);
	h->state = why ? PRAM_STATE_CORRUPT : PRAM_STATE_READY;
	h->pfn = pfn;
	h->why = why;
	h->foreign = true;
	if (!why) {
		h->node = node;
		h->type = node->type;
	}
	pram_node_insert(h);
	return h;
}

/**
 * pram_node_adopt - adopt the earlier kernel's nodes
 * @pfn: page frame of the first node, from the super block
 * @claimed: map to which the pages of valid nodes are added
 *
 * A corrupt node is added to the list in state CORRUPT, and its pages remain unclaimed. The
 * list ends at the first node that cannot be read.
 *
 * Context: initcall.
 */
void pram_node_adopt(u64 pfn, struct pram_map *claimed)
{
	struct pram_handle *h;

	while (pfn) {
		const char *why;
		bool readable;

		if (!pram_map_test(&pram_map, pfn) || pram_map_test(claimed, pfn)) {
			pr_err("the list of nodes is cut at page frame %llx\n", pfn);
			break;
		}
		why = pram_node_adopt_one(pfn, claimed, &readable);
		h = pram_node_insert_adopted(pfn, why, readable);
		if (!h) {
			pr_err("no memory to adopt the node at page frame %llx\n", pfn);
			break;
		}
		if (why) {
			pr_err("node \"%s\" is corrupt: %s\n", h->name, why);
			/* Claim the node's page, to detect a loop in the list. */
			pram_map_set(claimed, pfn, 1);
		}
		pfn = readable ? ((struct pram_node *)pram_va(pfn))->node_pfn : 0;
	}
	list_for_each_entry(h, &pram_nodes, list)
		if (h->state == PRAM_STATE_CORRUPT)
			pram_map_clear(claimed, h->pfn, 1);
}
