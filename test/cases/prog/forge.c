// SPDX-License-Identifier: GPL-2.0-only
/*
 * Root that wants to read and write the memory of the next kernel through /dev/pram.
 *
 * forge BASE END	builds in its own memory a super block with the scratch range [BASE, END], a map, and a node
 *			"forged" of one page; prints the page frame of the super block, and waits
 * forge save NAME TEXT	saves a node of bytes in the proper way
 * forge read NAME	prints the contents of a node of bytes
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dev.h"
#include "../../../kernel/include/linux/pram_abi.h"

#define PAGES 4096
#define SECRET "what root has written"

static uint32_t crc(const void *data, size_t len)
{
	const uint8_t *p = data;
	uint32_t c = ~0u;

	while (len--) {
		c ^= *p++;
		for (int i = 0; i < 8; i++)
			c = c >> 1 ^ (c & 1 ? 0xedb88320 : 0);
	}
	return c;
}

static struct page {
	char data[PAGE];
} *memory;

static uint64_t slot_of(unsigned int i)
{
	return page_frame(&memory[i]) >> PRAM_LEAF_SHIFT;
}

enum { SB, ROOT, LEAF, NODE, LINK, DATA, NR };

/* Chooses pages for which one leaf of the map suffices. */
static void choose(struct page **ret)
{
	for (unsigned int first = 0; first < PAGES; first++) {
		unsigned int n = 0;

		for (unsigned int i = first; i < PAGES && n < NR; i++)
			if (slot_of(i) == slot_of(first))
				ret[n++] = &memory[i];
		if (n == NR)
			return;
	}
	die("the memory is too scattered");
}

static void *part(struct page **pages, int which)
{
	return pages[which];
}

static void make_map(struct page **pages, struct pram_super_block *sb)
{
	struct pram_slot *root = part(pages, ROOT);
	uint8_t *leaf = part(pages, LEAF);
	uint64_t slot = page_frame(leaf) >> PRAM_LEAF_SHIFT;

	if (slot >= PAGE / sizeof(*root))
		die("the memory is too high");
	for (int i = 0; i < NR; i++) {
		uint64_t bit = page_frame(pages[i]) & (PRAM_LEAF_BITS - 1);

		leaf[bit / 8] |= (uint8_t)(1 << bit % 8);
	}
	root[slot].pfn = page_frame(leaf);
	root[slot].nr = NR;
	root[slot].crc = crc(leaf, PAGE);
	sb->map_pfn = page_frame(root);
	sb->map_slots = slot + 1;
	sb->map_crc = crc(root, (slot + 1) * sizeof(*root));
	sb->nr_pages = NR;
}

static void make_node(struct page **pages)
{
	struct pram_node *node = part(pages, NODE);
	struct pram_link *link = part(pages, LINK);

	strcpy(part(pages, DATA), SECRET);
	link->entry[0] = page_frame(pages[DATA]);
	link->nr = 1;
	link->crc = crc(link, PAGE);
	node->magic = PRAM_NODE_MAGIC;
	node->type = PRAM_NODE_BYTES;
	node->data_len = strlen(SECRET);
	strcpy((char *)node->name, "forged");
	node->link_pfn = page_frame(link);
	node->nr_pages = node->nr_folios = node->nr_links = 1;
	node->crc = crc(node, PAGE);
}

static int forge(const char *base, const char *end)
{
	struct page *pages[NR];
	struct pram_super_block *sb;

	memory = mmap(NULL, sizeof(*memory) * PAGES, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED | MAP_POPULATE, -1, 0);
	if (memory == MAP_FAILED)
		die("no memory");
	choose(pages);
	sb = part(pages, SB);
	sb->magic = PRAM_SB_MAGIC;
	sb->version = PRAM_VERSION;
	sb->page_size = PAGE;
	sb->node_pfn = page_frame(pages[NODE]);
	sb->nr_scratch = 1;
	sb->scratch[0].base = strtoull(base, NULL, 16);
	sb->scratch[0].size = strtoull(end, NULL, 16) + 1 - sb->scratch[0].base;
	make_node(pages);
	make_map(pages, sb);
	sb->crc = crc(sb, PAGE);
	printf("%llx\n", (unsigned long long)page_frame(sb));
	fflush(stdout);
	for (;;)
		pause();
}

static int save(const char *name, const char *text)
{
	int fd = pram_create(name, PRAM_NODE_BYTES);

	return fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) || pram_commit(fd) < 0;
}

static int show(const char *name)
{
	int fd = pram_open(name);
	char buf[PAGE];
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf));

	if (n < 0)
		die("there is no node %s", name);
	printf("%.*s\n", (int)n, buf);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "save"))
		return save(argv[2], argv[3]);
	if (argc == 3 && !strcmp(argv[1], "read"))
		return show(argv[2]);
	if (argc == 3)
		return forge(argv[1], argv[2]);
	die("usage: forge BASE END | save NAME TEXT | read NAME");
}
