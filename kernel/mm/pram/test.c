// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the interface for kernel code, and deliberate corruption of metadata.
 *
 * Write a command to debugfs pram_test/control; write() returns the command's error:
 *
 *   save-pages NAME COUNT ORDER    save COUNT folios of order ORDER, filled with a pattern
 *   save-scattered NAME COUNT      save COUNT pages that are not adjacent
 *   load-pages NAME COUNT ORDER    load them and check number, order and pattern
 *   save-bytes NAME LENGTH         save a byte stream with a pattern
 *   load-bytes NAME LENGTH         load it and check length and pattern
 *   seal-given NAME COUNT          check that sealing a node which is being loaded leaves the pages
 *                                  alone that were taken out of it and are in another node by now
 *   errors                         check the error values of the interface
 *   damage WHAT                    corrupt WHAT after sealing: version, page, sb, map, bit,
 *                                  node, link, or list (the second node is unlinked)
 */
#define pr_fmt(fmt) "PRAM test: " fmt

#include <linux/debugfs.h>
#include <linux/highmem.h>
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/random.h>
#include <linux/reboot.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "internal.h"

#define TEST_CHUNK	1000	/* does not divide PAGE_SIZE: chunks cross pages */

static char test_damage[16];

static u64 pram_test_pattern(u64 index, unsigned int word)
{
	return (index << 16 | word) * 0x9e3779b97f4a7c15ULL;
}

static void pram_test_fill(struct page *page, u64 index)
{
	u64 *p = page_address(page);
	unsigned int i;

	for (i = 0; i < PAGE_SIZE / sizeof(*p); i++)
		p[i] = pram_test_pattern(index, i);
}

static bool pram_test_filled(struct page *page, u64 index)
{
	u64 *p = page_address(page);
	unsigned int i;

	for (i = 0; i < PAGE_SIZE / sizeof(*p); i++)
		if (p[i] != pram_test_pattern(index, i))
			return false;
	return true;
}

static int pram_test_save_one(struct pram_stream *ps, u64 index, unsigned int order)
{
	struct folio *folio = folio_alloc(GFP_KERNEL, order);
	unsigned long i;
	int err;

	if (!folio)
		return -ENOMEM;
	for (i = 0; i < 1UL << order; i++)
		pram_test_fill(folio_page(folio, i), (index << order) + i);
	err = pram_save_folio(ps, folio, PRAM_PAGE_LRU);
	folio_put(folio);
	return err;
}

static int pram_test_save_pages(const char *name, u64 count, unsigned int order,
				bool scattered)
{
	struct pram_stream ps;
	struct page *gap, *next;
	LIST_HEAD(gaps);
	u64 i;
	int err;

	err = pram_prepare_save(&ps, name, PRAM_PAGE_STREAM, GFP_KERNEL);
	if (err)
		return err;
	for (i = 0; i < count && !err; i++) {
		err = pram_test_save_one(&ps, i, order);
		gap = scattered ? alloc_page(GFP_KERNEL) : NULL;
		if (gap)
			list_add(&gap->lru, &gaps);
		cond_resched();
	}
	list_for_each_entry_safe(gap, next, &gaps, lru) {
		list_del(&gap->lru);
		__free_page(gap);
	}
	if (err)
		pram_discard_save(&ps);
	else
		pram_finish_save(&ps);
	return err;
}

static int pram_test_check_one(struct page *page, int flags, u64 index, unsigned int order)
{
	unsigned long i;

	if (flags != PRAM_PAGE_LRU || folio_order(page_folio(page)) != order ||
	    page_count(page) != 1)
		return -EBADMSG;
	for (i = 0; i < 1UL << order; i++)
		if (!pram_test_filled(page + i, (index << order) + i))
			return -EBADMSG;
	return 0;
}

static int pram_test_load_pages(const char *name, u64 count, unsigned int order)
{
	struct pram_stream ps;
	struct page *page;
	u64 i = 0;
	int flags, err;

	err = pram_prepare_load(&ps, name, PRAM_PAGE_STREAM);
	if (err)
		return err;
	while (!err && (page = pram_load_page(&ps, &flags))) {
		err = pram_test_check_one(page, flags, i, order);
		if (err)
			pr_err("folio %llu of %s is not what was saved\n", i, name);
		put_page(page);
		i++;
		cond_resched();
	}
	pram_finish_load(&ps);
	if (!err && i != count)
		err = -EBADMSG;
	return err;
}

static u8 pram_test_byte_at(u64 i)
{
	return pram_test_pattern(i >> 3, 0) >> (8 * (i & 7));
}

static int pram_test_save_bytes(const char *name, u64 length)
{
	u8 *buf = kmalloc(TEST_CHUNK, GFP_KERNEL);
	struct pram_stream ps;
	u64 i = 0;
	int err;

	if (!buf)
		return -ENOMEM;
	err = pram_prepare_save(&ps, name, PRAM_BYTE_STREAM, GFP_KERNEL);
	while (!err && i < length) {
		size_t part = min_t(u64, TEST_CHUNK, length - i), k;

		for (k = 0; k < part; k++)
			buf[k] = pram_test_byte_at(i + k);
		if (pram_write(&ps, buf, part) != part)
			err = -ENOMEM;
		i += part;
		if (err)
			pram_discard_save(&ps);
	}
	if (!err)
		pram_finish_save(&ps);
	kfree(buf);
	return err;
}

static int pram_test_load_bytes(const char *name, u64 length)
{
	u8 *buf = kmalloc(TEST_CHUNK, GFP_KERNEL);
	struct pram_stream ps;
	size_t part, k;
	u64 i = 0;
	int err;

	if (!buf)
		return -ENOMEM;
	err = pram_prepare_load(&ps, name, PRAM_BYTE_STREAM);
	if (!err) {
		while ((part = pram_read(&ps, buf, TEST_CHUNK))) {
			for (k = 0; k < part; k++)
				if (buf[k] != pram_test_byte_at(i + k))
					err = -EBADMSG;
			i += part;
		}
		if (i != length)
			err = -EBADMSG;
		pram_finish_load(&ps);
	}
	kfree(buf);
	return err;
}

/* Moves the first @count pages of one node into another one. */
static int pram_test_move(struct pram_stream *from, struct pram_stream *to, u64 count)
{
	struct pram_cursor cur;
	struct pram_extent ext;
	int err = 0;

	pram_cursor_init(&cur, from->node);
	while (!err && to->node->node->nr_pages < count && pram_cursor_next(&cur, &ext)) {
		pram_cursor_take(&cur, &ext);
		err = pram_stream_add_run(to, ext.pfn, ext.order, ext.nr, ext.flags);
	}
	return err;
}

static int pram_test_seal_given(const char *name, u64 count)
{
	struct pram_stream from, to;
	struct pram_cursor cur;
	struct pram_extent ext;
	int err = pram_test_save_pages(name, count, 0, true);

	if (!err)
		err = pram_prepare_load(&from, name, PRAM_PAGE_STREAM);
	if (err)
		return err;
	err = pram_prepare_save(&to, "seal-given", PRAM_PAGE_STREAM, GFP_KERNEL);
	if (err)
		goto out;
	err = pram_test_move(&from, &to, count / 2);
	mutex_lock(&pram_mutex);
	pram_node_unkeep(from.node);
	mutex_unlock(&pram_mutex);
	pram_cursor_init(&cur, to.node);
	while (!err && pram_cursor_next(&cur, &ext))
		if (!pram_map_test_all(&pram_map, ext.pfn, ext.nr))
			err = -EBADMSG;
	pram_discard_save(&to);
out:
	pram_finish_load(&from);
	return err;
}

static int pram_test_expect(const char *what, int got, int want)
{
	if (got == want)
		return 0;
	pr_err("%s: %d instead of %d\n", what, got, want);
	return -EBADMSG;
}

static int pram_test_errors(void)
{
	struct pram_stream ps, other;
	char *name = kmalloc(PRAM_NAME_MAX + 1, GFP_KERNEL);
	int bad = 0;

	if (!name)
		return -ENOMEM;
	memset(name, 'x', PRAM_NAME_MAX);
	name[PRAM_NAME_MAX] = 0;
	bad |= pram_test_expect("name too long",
				pram_prepare_save(&ps, name, PRAM_BYTE_STREAM, GFP_KERNEL),
				-ENAMETOOLONG);
	name[PRAM_NAME_MAX - 1] = 0;
	bad |= pram_test_expect("longest name",
				pram_prepare_save(&ps, name, PRAM_BYTE_STREAM, GFP_KERNEL), 0);
	bad |= pram_test_expect("name twice",
				pram_prepare_save(&other, name, PRAM_BYTE_STREAM, GFP_KERNEL),
				-EEXIST);
	bad |= pram_test_expect("load while saving",
				pram_prepare_load(&other, name, PRAM_BYTE_STREAM), -EBUSY);
	pram_finish_save(&ps);
	bad |= pram_test_expect("load as pages",
				pram_prepare_load(&other, name, PRAM_PAGE_STREAM), -EPERM);
	bad |= pram_test_expect("load", pram_prepare_load(&ps, name, PRAM_BYTE_STREAM), 0);
	bad |= pram_test_expect("load twice",
				pram_prepare_load(&other, name, PRAM_BYTE_STREAM), -EBUSY);
	pram_finish_load(&ps);
	bad |= pram_test_expect("load what is gone",
				pram_prepare_load(&other, name, PRAM_BYTE_STREAM), -ENOENT);
	bad |= pram_test_expect("save again",
				pram_prepare_save(&ps, name, PRAM_PAGE_STREAM, GFP_KERNEL), 0);
	pram_discard_save(&ps);
	bad |= pram_test_expect("load what was discarded",
				pram_prepare_load(&other, name, PRAM_PAGE_STREAM), -ENOENT);
	kfree(name);
	return bad ? -EBADMSG : 0;
}

/* Clears the map bit of a data page of the first node. */
static void pram_test_damage_bit(void)
{
	struct pram_node *node = pram_va(pram_sb->node_pfn);
	struct pram_link *link = pram_va(node->link_pfn);
	u64 pfn = pram_entry_pfn(link->entry[0]);

	pram_map_clear(&pram_map, pfn, 1);
	pram_sb->map_crc = pram_map_seal(&pram_map);
	pram_sb->nr_pages = pram_map.nr_pages;
	pram_sb_seal(pram_sb);
}

static void pram_test_damage_list(void)
{
	struct pram_node *node = pram_va(pram_sb->node_pfn), *second;

	if (!node->node_pfn)
		return;
	second = pram_va(node->node_pfn);
	node->node_pfn = second->node_pfn;
	pram_node_page_seal(node);
}

/* Has a lower priority than pram_reboot(), so it runs after sealing. */
static int pram_test_reboot(struct notifier_block *nb, unsigned long val, void *v)
{
	struct pram_node *node = pram_va(pram_sb->node_pfn);

	if (!test_damage[0])
		return NOTIFY_DONE;
	pr_info("damaging: %s\n", test_damage);
	if (!strcmp(test_damage, "version")) {
		pram_sb->version--;
		pram_sb_seal(pram_sb);
	} else if (!strcmp(test_damage, "page")) {
		get_random_bytes(pram_sb, PAGE_SIZE);
	} else if (!strcmp(test_damage, "sb")) {
		pram_sb->boots++;
	} else if (!strcmp(test_damage, "map")) {
		pram_map.slot[0].nr++;
	} else if (!strcmp(test_damage, "bit") && pram_sb->node_pfn) {
		pram_test_damage_bit();
	} else if (!strcmp(test_damage, "node") && pram_sb->node_pfn) {
		node->nr_pages++;
	} else if (!strcmp(test_damage, "link") && pram_sb->node_pfn) {
		((struct pram_link *)pram_va(node->link_pfn))->nr++;
	} else if (!strcmp(test_damage, "list") && pram_sb->node_pfn) {
		pram_test_damage_list();
	}
	return NOTIFY_OK;
}

static struct notifier_block test_notifier = {
	.notifier_call = pram_test_reboot,
	.priority = -100,
};

static int pram_test_run(const char *cmd)
{
	char verb[16], name[64];
	unsigned int order = 0;
	u64 n = 0;
	int args = sscanf(cmd, "%15s %63s %llu %u", verb, name, &n, &order);

	if (args < 1)
		return -EINVAL;
	if (!strcmp(verb, "errors"))
		return pram_test_errors();
	if (args == 2 && !strcmp(verb, "damage"))
		return strscpy(test_damage, name, sizeof(test_damage)) < 0 ?
			-EINVAL : 0;
	if (args < 3)
		return -EINVAL;
	if (!strcmp(verb, "save-pages"))
		return pram_test_save_pages(name, n, order, false);
	if (!strcmp(verb, "save-scattered"))
		return pram_test_save_pages(name, n, 0, true);
	if (!strcmp(verb, "load-pages"))
		return pram_test_load_pages(name, n, order);
	if (!strcmp(verb, "seal-given"))
		return pram_test_seal_given(name, n);
	if (!strcmp(verb, "save-bytes"))
		return pram_test_save_bytes(name, n);
	if (!strcmp(verb, "load-bytes"))
		return pram_test_load_bytes(name, n);
	return -EINVAL;
}

static ssize_t pram_test_control_write(struct file *file, const char __user *buf,
				       size_t count, loff_t *pos)
{
	char *cmd;
	int err;

	if (count > PAGE_SIZE)
		return -EINVAL;
	cmd = memdup_user_nul(buf, count);
	if (IS_ERR(cmd))
		return PTR_ERR(cmd);
	err = pram_test_run(cmd);
	kfree(cmd);
	return err ?: count;
}

static const struct file_operations control_fops = {
	.write = pram_test_control_write,
};

static int __init pram_test_init(void)
{
	struct dentry *dir;

	if (!pram_sb)
		return 0;
	dir = debugfs_create_dir("pram_test", NULL);
	debugfs_create_file("control", 0200, dir, NULL, &control_fops);
	return register_reboot_notifier(&test_notifier);
}
late_initcall(pram_test_init);
