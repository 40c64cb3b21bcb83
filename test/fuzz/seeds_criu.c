// SPDX-License-Identifier: GPL-2.0-only
/* Seeds for fuzz_criu: images with the fields that pramd uses, and some other fields. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "criu.pb-c.h"
#include "pb.h"
#include "seeds.h"
#include "str.h"

/* Fields that CRIU writes and the schema does not declare: varints and bytes. */
#define OTHERS "\x08\x0c\x10\x03\x1a\x04\x08\x00\x12\x00"

/* Writes a message as the target expects it: a byte with the length, then the message. */
static void add(struct strbuf *b, const void *m, const char *others, size_t others_len)
{
	char buf[256], len;

	if (protobuf_c_message_get_packed_size(m) + others_len >= sizeof(buf))
		abort();
	len = (char)(protobuf_c_message_pack(m, (uint8_t *)buf) + others_len);
	strbuf_add(b, &len, 1);
	strbuf_add(b, buf, (unsigned char)len - others_len);
	strbuf_add(b, others, others_len);
}

static void finish(const char *name, struct strbuf *b)
{
	if (b->err)
		abort();
	seed_write(name, b->s, b->len);
	strbuf_deinit(b);
}

static void seed_files(void)
{
	Pram__Criu__FileEntry file = PRAM__CRIU__FILE_ENTRY__INIT;
	Pram__Criu__TimerfdEntry timer = PRAM__CRIU__TIMERFD_ENTRY__INIT;
	Pram__Criu__InetSkEntry sk = PRAM__CRIU__INET_SK_ENTRY__INIT;
	uint32_t words[] = { 0, 0, 0xffff0000, 0x0100090a };
	struct strbuf b = {};

	strbuf_add(&b, "\3", 1);
	add(&b, &file, OTHERS, sizeof(OTHERS) - 1);
	file.tfd = &timer;
	pb_set(&timer, ticks, 3);
	pb_set(&timer, vsec, 0);
	pb_set(&timer, vnsec, 0);
	pb_set(&timer, isec, 0);
	pb_set(&timer, insec, 1000000);
	add(&b, &file, OTHERS, sizeof(OTHERS) - 1);
	file.tfd = NULL;
	file.isk = &sk;
	pb_set(&sk, family, AF_INET6);
	sk.src_addr = words;
	sk.n_src_addr = 4;
	add(&b, &file, OTHERS, sizeof(OTHERS) - 1);
	pb_set(&sk, family, AF_INET);
	sk.src_addr = words + 3;
	sk.n_src_addr = 1;
	add(&b, &file, "", 0);
	finish("files", &b);
}

/* @others: undeclared fields of the inventory */
static void seed_inventory(const char *name, const char *others, size_t others_len)
{
	Pram__Criu__InventoryEntry inventory = PRAM__CRIU__INVENTORY_ENTRY__INIT;
	Pram__Criu__TaskKobjIdsEntry ids = PRAM__CRIU__TASK_KOBJ_IDS_ENTRY__INIT;
	struct strbuf b = {};

	strbuf_add(&b, "\2", 1);
	pb_set(&ids, user_ns_id, 1);
	inventory.root_ids = &ids;
	pb_set(&inventory, network_lock_method, 1);
	inventory.dump_criu_run_id = "b8460f19-6832-40ba-b91";
	add(&b, &inventory, others, others_len);
	pb_set(&ids, user_ns_id, 300);
	add(&b, &ids, "\x08\x01\x60\x00", 4);
	finish(name, &b);
}

/* Whole files, with their magic numbers and sizes. */
static void seed_raw(void)
{
	static const char raw_files[] = "\1\x19\x43\x56\x54\x38\x31\x30\x56\x0c\0\0\0"
					"\x62\x08\x28\1\x38\0\x40\0\x50\x09\x10\3";
	static const char raw_inventory[] = "\0\x0e\0\x16\x31\x31\x58\6\0\0\0\x1a\2\x50\1\x58\1"
					    "\x19\x43\x56\x54\x30\x20\x43\x54\2\0\0\0\x50\2";

	seed_write("raw-files", raw_files, sizeof(raw_files) - 1);
	seed_write("raw-inventory", raw_inventory, sizeof(raw_inventory) - 1);
}

void seeds_criu(void)
{
	seed_files();
	seed_inventory("inventory", "\x08\x02\x10\x01\x62\x06\x62\x04pram", 12);
	/* field number 0, in two bytes */
	seed_inventory("field-zero", "\x80\x00\x01", 3);
	seed_raw();
}
