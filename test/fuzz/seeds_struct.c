// SPDX-License-Identifier: GPL-2.0-only
/* Seeds for fuzz_map and fuzz_struct. */
#include <stdlib.h>
#include <string.h>

#include "layout.h"
#include "memory.h"
#include "seeds.h"
#include "sim.h"

#define ROOT	2
#define NODE	16
#define LEAF	(PRAM_LEAF_BITS - 1)

static struct pram_map map;
static struct pram_super_block *sb;

static void keep(u64 pfn, u64 nr)
{
	if (pram_map_set(&map, pfn, nr))
		abort();
}

static void *meta(u64 pfn)
{
	keep(pfn, 1);
	return sim_page(pfn);
}

static void begin(void)
{
	static const u64 leaf[] = { LEAF, PRAM_LEAF_BITS + LEAF };

	sim_init(MEMORY_MAX_PFN);
	sim_script(leaf, 2);
	map = (struct pram_map){
		.slot = sim_page(ROOT), .nr_slots = 2, .keeps_itself = true,
	};
	sb = meta(MEMORY_SB);
	keep(ROOT, 1);
	*sb = (struct pram_super_block){
		.magic = PRAM_SB_MAGIC,
		.version = PRAM_VERSION,
		.page_size = PRAM_ABI_PAGE_SIZE,
		.map_pfn = ROOT,
		.map_slots = 2,
		.nr_scratch = 1,
		.scratch[0] = { 512 * SIM_PAGE, 512 * SIM_PAGE },
	};
}

static struct pram_node *node(u64 pfn, u32 type, const char *name)
{
	struct pram_node *n = meta(pfn);

	n->magic = PRAM_NODE_MAGIC;
	n->type = type;
	strcpy((char *)n->name, name);
	n->node_pfn = sb->node_pfn;
	sb->node_pfn = pfn;
	return n;
}

static void add(struct pram_node *n, struct pram_link *link, u64 entry)
{
	link->entry[link->nr++] = entry;
	if (pram_entry_is_hole(entry))
		return;
	keep(pram_entry_pfn(entry), pram_entry_pages(entry));
	n->nr_pages += pram_entry_pages(entry);
	n->nr_folios += pram_entry_nr(entry);
}

static void seal(void)
{
	u64 pfn, l;

	for (pfn = sb->node_pfn; pfn;) {
		struct pram_node *n = sim_page(pfn);

		for (l = n->link_pfn; l; l = ((struct pram_link *)sim_page(l))->link_pfn) {
			pram_link_seal(sim_page(l));
			n->nr_links++;
		}
		pram_node_page_seal(n);
		pfn = n->node_pfn;
	}
	sb->map_crc = pram_map_seal(&map);
	sb->nr_pages = map.nr_pages;
	pram_sb_seal(sb);
}

/* Writes all pages that are not empty as records. */
static void write_memory(const char *name, u8 flags)
{
	static u8 buf[1 << 16];
	size_t n = 0;
	u64 pfn;

	buf[n++] = flags;
	for (pfn = 0; pfn < MEMORY_MAX_PFN; pfn++) {
		const u8 *page = sim_has(pfn) ? sim_page(pfn) : NULL;
		unsigned int off = 0, len;

		while (page && off < SIM_PAGE) {
			/* a record ends at eight zero bytes */
			if (!page[off]) {
				off++;
				continue;
			}
			for (len = 1; len < 255 && off + len < SIM_PAGE; len++)
				if (off + len + 8 <= SIM_PAGE &&
				    !memcmp(page + off + len, "\0\0\0\0\0\0\0", 8))
					break;
			if (n + 5 + len > sizeof(buf))
				abort();
			buf[n++] = (u8)pfn;
			buf[n++] = (u8)(pfn >> 8);
			buf[n++] = (u8)off;
			buf[n++] = (u8)(off >> 8);
			buf[n++] = (u8)(len - 1);
			memcpy(buf + n, page + off, len);
			n += len;
			off += len;
		}
	}
	seed_write(name, buf, n);
}

static void bytes_and_file(void)
{
	struct pram_node *n = node(NODE, PRAM_NODE_BYTES, "b");
	struct pram_link *link = meta(NODE + 1);

	n->link_pfn = NODE + 1;
	add(n, link, pram_entry(40, 0, 2, 0));
	n->data_len = SIM_PAGE + 1;

	n = node(NODE + 2, PRAM_NODE_FILE, "f");
	link = meta(NODE + 3);
	n->link_pfn = NODE + 3;
	n->data_len = 77777;
	add(n, link, pram_entry_hole(8));
	add(n, link, pram_entry(64, 3, 2, 0));
	add(n, link, pram_entry(33000, 0, 3, 1));
	link->link_pfn = NODE + 4;
	link = meta(NODE + 4);
	add(n, link, pram_entry(81, 0, 1, 0));
}

void seeds_struct(void)
{
	struct pram_node *n;

	begin();
	seal();
	write_memory("empty", 0);
	sim_drop();

	begin();
	bytes_and_file();
	seal();
	write_memory("good", 0);
	write_memory("good-crc", MEMORY_FIX_CRC);
	write_memory("good-all", MEMORY_FIX_CRC | MEMORY_FIX_MAP);
	sim_drop();

	begin();
	n = node(NODE, PRAM_NODE_PAGES, "p");
	n->link_pfn = NODE + 1;
	add(n, meta(NODE + 1), pram_entry(1024, 10, 1, 0x7f));
	seal();
	write_memory("pages-crc", MEMORY_FIX_CRC);
	sim_drop();
}

void seeds_map(void)
{
	static const u8 steps[] = {
		1,
		0, 5, 0, 0, 1, 0, 7, 128, 0, 7, 0, 0,
		0, 5, 128, 0, 1, 0, 8, 128, 0,
		3, 0, 0, 0, 255, 255,
		1, 5, 0, 0, 1, 0,
		0x80, 0, 0, 1, 0, 64,
		0x90, 9, 9, 2, 3, 0,
		2, 0, 0, 1, 1, 0,
		0x81, 0, 0, 0, 0, 255,
	};

	seed_write("steps", steps, sizeof(steps));
	seed_write("plain", "\0\0\1\0\0\2\0\3\0\0\0\20\0", 13);
}
