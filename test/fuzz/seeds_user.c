// SPDX-License-Identifier: GPL-2.0-only
/* Seeds for the fuzzers of user space, apart from fuzz_criu. */
#include <stdlib.h>
#include <string.h>

#include "manifest.h"
#include "netlock/parts.h"
#include "seeds.h"
#include "wire.h"

static void frame(const char *name, char first, const ProtobufCMessage *m)
{
	struct wire_buf b = {};
	char buf[8192];

	if (wire_buf_put(&b, m, sizeof(buf) - 1 - WIRE_HEADER))
		abort();
	buf[0] = first;
	memcpy(buf + 1, b.data, b.len);
	seed_write(name, buf, 1 + b.len);
	wire_buf_deinit(&b);
}

static void requests(void)
{
	Pram__Request m = PRAM__REQUEST__INIT;
	Pram__NameRequest name = PRAM__NAME_REQUEST__INIT;
	Pram__TreeRequest tree = PRAM__TREE_REQUEST__INIT;
	Pram__Options options = PRAM__OPTIONS__INIT;
	Pram__KexecRequest kexec = PRAM__KEXEC_REQUEST__INIT;

	m.body_case = PRAM__REQUEST__BODY_SHOW;
	m.show = &name;
	name.name = "redis-ä";
	frame("show", 0, &m.base);

	m.body_case = PRAM__REQUEST__BODY_CHECKPOINT;
	m.checkpoint = &tree;
	tree.name = "redis";
	tree.has_pid = 1;
	tree.pid = 4711;
	tree.options = &options;
	options.has_tcp_close = 1;
	options.tcp_close = 1;
	frame("checkpoint", 0, &m.base);

	m.body_case = PRAM__REQUEST__BODY_KEXEC;
	m.kexec = &kexec;
	kexec.kernel = "/boot/vmlinuz";
	kexec.append = "quiet pram=1";
	frame("kexec", 0, &m.base);
}

static void responses(void)
{
	Pram__Response m = PRAM__RESPONSE__INIT;
	Pram__Result result = PRAM__RESULT__INIT;
	Pram__Status status = PRAM__STATUS__INIT;
	Pram__Progress progress = PRAM__PROGRESS__INIT;
	char *unknown[] = { "a", "b" };

	m.body_case = PRAM__RESPONSE__BODY_PROGRESS;
	m.progress = &progress;
	progress.step = "freezing";
	progress.has_done = 1;
	progress.done = 77;
	frame("progress", 1, &m.base);

	m.body_case = PRAM__RESPONSE__BODY_RESULT;
	m.result = &result;
	result.message = "done";
	result.status = &status;
	status.n_unknown_nodes = 2;
	status.unknown_nodes = unknown;
	frame("result", 1, &m.base);
}

void seeds_wire(void)
{
	requests();
	responses();
	seed_write("bare", "\2\12\0", 3);
}

void seeds_manifest(void)
{
	Pram__Manifest m = PRAM__MANIFEST__INIT;
	Pram__Process p = PRAM__PROCESS__INIT, *ps[] = { &p };
	Pram__Image i = PRAM__IMAGE__INIT, *is[] = { &i };
	uint32_t tids[] = { 78, 79 };
	uint8_t *buf;
	size_t len;

	m.has_version = 1;
	m.version = MANIFEST_VERSION;
	m.name = "redis";
	m.has_root_pid = 1;
	m.root_pid = 77;
	m.n_processes = 1;
	m.processes = ps;
	p.has_pid = 1;
	p.pid = 77;
	p.comm = "redis-server";
	p.n_tids = 2;
	p.tids = tids;
	m.n_images = 1;
	m.images = is;
	i.name = "pages-1.img";
	i.has_bytes = 1;
	i.bytes = 4096;
	m.boot_id = "0f0f";
	if (manifest_pack(&m, &buf, &len))
		abort();
	seed_write("manifest", buf, len);
	free(buf);
}

static void text(const char *name, char first, const char *s, size_t len)
{
	char buf[8192];

	if (len >= sizeof(buf))
		abort();
	buf[0] = first;
	memcpy(buf + 1, s, len);
	seed_write(name, buf, 1 + len);
}

#define TEXT(name, first, s) text(name, first, s, sizeof(s) - 1)

/* The setup header of a kernel image, of 0x300 bytes. */
static void make_header(char *head)
{
	memcpy(head + 0x1fe, "\x55\xaa", 2);
	memcpy(head + 0x202, "HdrS\x0f\x02", 6);
	memcpy(head + 0x20e, "\x80\0", 2);
	head[0x211] = 1;
	head[0x236] = 1;
	head[0x239] = 8;
	head[0x262] = 1;
	strcpy(head + 0x280, "6.12.0 (a@b) #1");
}

void seeds_text(void)
{
	static char head[0x300];

	TEXT("cmdline", 0, "BOOT_IMAGE=/vmlinuz root=/dev/vda ro pram=77 a=\"b c\" -- x"
	     "\0quiet root=LABEL=x nokaslr");
	TEXT("criulog", 1, "(00.012345)     77: Error (criu/files.c:12): What went wrong\n"
	     "(00.1) Error (criu/cr-dump.c:1): Dumping FAILED.\n");
	TEXT("criulog-dump", 1, "(00.1) Dumping task (pid: 7 comm: x)\n"
	     "(00.2) Error (criu/files-ext.c:98): Can't dump file 6 of that type [60660] (unknown /dev/vda)\n");
	TEXT("criulog-restore", 1, "(00.2) pie: 7: Error (criu/files-reg.c:1): "
	     "Can't open file a/b on restore: No such file or directory\n");
	TEXT("conf", 2, "# pramd\nCriu=/usr/sbin/criu\nCriuLib = /x\nDumpTimeoutSec=60\n");
	make_header(head);
	text("bzimage", 3, head, sizeof(head));
}

static void lock_seed(const char *name, char first, const struct netlock_content *c)
{
	char *lock = netlock_build(c);

	if (!lock)
		abort();
	text(name, first, lock, strlen(lock));
	free(lock);
}

void seeds_netlock(void)
{
	struct netlock_content c = { .name = "CRIU-b8460f19-6832-40ba-b9" };

	lock_seed("empty", 0, &c);
	c.elems[0] = json_pack("[{s:[s, i, s, i]}]", "concat", "10.0.2.15", 45678, "10.0.2.100", 7);
	c.elems[1] = json_pack("[{s:[s, i, s, i]}]", "concat", "fe80::1", 1, "::1", 65535);
	lock_seed("lock", 0, &c);
	lock_seed("listing", 1, &c);
	json_decref(c.elems[0]);
	json_decref(c.elems[1]);
	TEXT("tables", 2, "{\"nftables\":[{\"metainfo\":{\"version\":\"1.1.3\"}},{\"table\":{\"family\":"
	     "\"inet\",\"name\":\"CRIU-b8460f19-6832-40ba-b9\",\"handle\":1}}]}");
	TEXT("old", 0, "table inet CRIU-b8460f19-6832-40ba-b9 {\n\tset conns4 {\n\t}\n}\n");
}

void seeds_marks(void)
{
	Pram__Unannounced m = PRAM__UNANNOUNCED__INIT;
	Pram__Unit u = PRAM__UNIT__INIT;
	char *sockets[] = { "redis.socket", "redis-tls@a.socket" };
	uint8_t buf[256];

	m.unit = &u;
	u.sockets = sockets;
	u.n_sockets = 2;
	u.name = "redis-server@a.service";
	u.fragment = "/lib/systemd/system/redis-server@.service";
	u.has_device_policy = u.device_policy = 1;
	u.has_restore_timeout_usec = 1;
	u.restore_timeout_usec = 600000000;
	m.has_pid = m.has_holder = m.has_holder_starttime = 1;
	m.pid = m.holder = 77;
	m.holder_starttime = 4711;
	if (pram__unannounced__get_packed_size(&m) > sizeof(buf))
		abort();
	seed_write("mark", buf, pram__unannounced__pack(&m, buf));
}

void seeds_proc(void)
{
	TEXT("file", 0, "7f0000000000-7f0000010000 rw-s 00001000 00:1c 77                         /dev/shm/a b");
	TEXT("memory", 0, "7f0000000000-7f0000010000 rw-p 00000000 00:00 0 ");
	TEXT("stat", 1, "77 (a) b) S 1 77 77 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 4711 1 1");
	TEXT("status", 2, "Name:\ta\nVmSwap:\t     12 kB\nThreads:\t1\n");
}

/* An entry of a cpio archive: 13 numbers, of which the size and the length of the name matter. */
#define CPIO(size, name_size) "070701" "00000001" "000081A4" "00000000" "00000000" "00000001" "00000000" \
	size "00000000" "00000000" "00000000" "00000000" name_size "00000000"
#define CPIO_LAST CPIO("00000000", "0000000B") "TRAILER!!!\0\0\0\0"

void seeds_boot(void)
{
	static char head[0x300], params[4096];

	TEXT("cpio", 0, CPIO("00000002", "00000005") "init\0\0" "ab\0\0" CPIO_LAST);
	TEXT("gzip", 0, CPIO_LAST "\0\0\0\0\x1f\x8b\x08");
	TEXT("zstd", 0, "\x28\xb5\x2f\xfd\x20\x02\x11\0\0ab");
	TEXT("lz4", 0, "\x02\x21\x4c\x18\x02\0\0\0ab");
	TEXT("bootconfig", 0, CPIO_LAST "a=b\n\4\0\0\0\0\0\0\0#BOOTCONFIG\n");
	TEXT("config", 1, "# Linux/x86 6.12.0 Kernel Configuration\nCONFIG_PRAM=y\nCONFIG_PRAM_FORMAT=1\n"
	     "CONFIG_EXT4_FS=m\n# CONFIG_X is not set\n# end of Kernel hacking\n");
	memcpy(params + 0x202, "HdrS", 4);
	params[0x1ec] = 3;
	params[0x21c] = 1;
	text("params", 2, params, sizeof(params));
	make_header(head);
	memcpy(head, "MZ", 2);
	head[0x3c] = 0x40;
	memcpy(head + 0x40, "PE\0\0", 4);
	memcpy(head + 0x58, "\x0b\x02", 2);
	head[0x58 + 108] = 6;
	head[0x58 + 112 + 32] = 1;
	head[0x58 + 112 + 36] = 1;
	text("header", 3, head, sizeof(head));
	/* the same, at the end of the file */
	memcpy(head + 0x2c0, "PE\0\0", 4);
	memcpy(head + 0x2d8, "\x0b\x02", 2);
	head[0x3c] = (char)0xc0;
	head[0x3d] = 2;
	text("end", 3, head, sizeof(head));
}
