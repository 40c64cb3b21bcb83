// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sockets in CRIU's images. Those that systemd passes to a unit: pramd finds them, and the plugin takes them
 * from the process that has them. That is a child of the test. And the paths of unix sockets.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "criu/passed_sockets.h"
#include "criu/unixpaths.h"
#include "criu.h"
#include "criu.pb-c.h"
#include "criudir.h"
#include "io.h"
#include "pb.h"
#include "plugin.h"
#include "pluginfiles.h"

#define INETSK 4
#define UNIXSK 5
#define EXT 16
#define FDINFO_HEAD COMMON_HEAD, 0x32, 0x37, 0x21, 0x56

enum { TCP4, TCP6, UDP4, STREAM, SEQPACKET, ABSTRACT, N, DGRAM = N, ALL };

static struct passed_socket passed[ALL];
static ino_t inodes[ALL];
static pid_t child;

/* --- what the plugin calls ---------------------------------------------------------------- */

void print_on_level(unsigned int level, const char *format, ...)
{
	(void)level;
	(void)format;
}

uint8_t *image_read_file(const char *name, size_t *ret_len, bool *ret_missing)
{
	char *buf = NULL;
	int r = read_file_at(criudir_fd, name, 1u << 20, &buf, ret_len);

	*ret_missing = r == -ENOENT;
	return (uint8_t *)buf;
}

/* --- sockets ------------------------------------------------------------------------------ */

static int bound(int family, int type, const char *path)
{
	struct sockaddr_storage sa = { .ss_family = (sa_family_t)family };
	struct sockaddr_un *un = (void *)&sa;
	socklen_t len = family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
	int fd = socket(family, type | SOCK_CLOEXEC, 0);

	if (family == AF_INET)
		((struct sockaddr_in *)&sa)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (family == AF_UNIX) {
		snprintf(un->sun_path + (path[0] == '@'), sizeof(un->sun_path) - 1, "%s", path + (path[0] == '@'));
		len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path) + (path[0] != '@'));
	}
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, len), 0);
	if (type != SOCK_DGRAM)
		assert_int_equal(listen(fd, 7), 0);
	return fd;
}

static void describe(unsigned int i, int fd, int family, int type)
{
	struct passed_socket *p = &passed[i];
	socklen_t len = sizeof(p->protocol);
	struct stat st;

	*p = (struct passed_socket){ .fd = fd, .family = family, .type = type, .name_len = sizeof(p->name) };
	assert_int_equal(getsockname(fd, (struct sockaddr *)&p->name, &p->name_len), 0);
	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &p->protocol, &len), 0);
	assert_int_equal(fstat(fd, &st), 0);
	inodes[i] = st.st_ino;
}

static int setup(void **state)
{
	static const struct { int family, type; const char *name; } kinds[ALL] = {
		[TCP4] = { AF_INET, SOCK_STREAM, NULL }, [TCP6] = { AF_INET6, SOCK_STREAM, NULL },
		[UDP4] = { AF_INET, SOCK_DGRAM, NULL }, [STREAM] = { AF_UNIX, SOCK_STREAM, "stream" },
		[SEQPACKET] = { AF_UNIX, SOCK_SEQPACKET, "seqpacket" }, [DGRAM] = { AF_UNIX, SOCK_DGRAM, "dgram" },
		[ABSTRACT] = { AF_UNIX, SOCK_STREAM, "@pram-test" },
	};
	char path[128];

	if (criudir_setup(state))
		return -1;
	for (unsigned int i = 0; i < ALL; i++) {
		snprintf(path, sizeof(path), "%s%d", "@pram-test-", getpid());
		if (kinds[i].name && kinds[i].name[0] != '@')
			snprintf(path, sizeof(path), "%s/%s", criudir_path, kinds[i].name);
		describe(i, bound(kinds[i].family, kinds[i].type, path), kinds[i].family, kinds[i].type);
	}
	child = fork();
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	for (unsigned int i = 0; i < ALL; i++)
		close(passed[i].fd);
	return 0;
}

static int teardown(void **state)
{
	static const char *const names[] = { "stream", "seqpacket", "dgram", "fdinfo-1.img", "fdinfo-2.img", PASSED_IMAGE };

	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		unlinkat(criudir_fd, names[i], 0);
	return criudir_teardown(state);
}

/* --- images ------------------------------------------------------------------------------- */

static uint8_t image[8192];
static size_t image_len;

static void begin(uint32_t magic)
{
	const uint32_t head[] = { 0x54564319, magic };

	memcpy(image, head, sizeof(head));
	image_len = sizeof(head);
}

static void add_entry(const ProtobufCMessage *m)
{
	uint32_t size = (uint32_t)protobuf_c_message_get_packed_size(m);

	assert_true(image_len + 4 + size <= sizeof(image));
	memcpy(image + image_len, &size, 4);
	protobuf_c_message_pack(m, image + image_len + 4);
	image_len += 4 + size;
}

static Pram__Criu__FileEntry inet_entry(uint32_t id, Pram__Criu__InetSkEntry *sk, const struct passed_socket *p)
{
	static Pram__Criu__FownEntry fown = PRAM__CRIU__FOWN_ENTRY__INIT;
	static uint32_t words[16][4];
	const struct sockaddr_in *in = (const void *)&p->name;
	const struct sockaddr_in6 *in6 = (const void *)&p->name;
	Pram__Criu__FileEntry f = PRAM__CRIU__FILE_ENTRY__INIT;
	bool is_v4 = p->family == AF_INET;

	pram__criu__inet_sk_entry__init(sk);
	pb_set(sk, family, (uint32_t)p->family);
	pb_set(sk, type, (uint32_t)p->type);
	pb_set(sk, proto, (uint32_t)p->protocol);
	pb_set(sk, state, p->type == SOCK_STREAM ? TCP_LISTEN : TCP_CLOSE);
	pb_set(sk, src_port, ntohs(is_v4 ? in->sin_port : in6->sin6_port));
	pb_set(sk, dst_port, 0);
	pb_set(sk, flags, O_RDWR | O_NONBLOCK);
	pb_set(sk, backlog, 7);
	memcpy(words[id], is_v4 ? (const void *)&in->sin_addr : (const void *)&in6->sin6_addr, is_v4 ? 4 : 16);
	sk->src_addr = words[id];
	sk->n_src_addr = is_v4 ? 1 : 4;
	sk->fown = &fown;
	pb_set(&f, type, INETSK);
	pb_set(&f, id, id);
	f.isk = sk;
	return f;
}

static Pram__Criu__FileEntry unix_entry(uint32_t id, Pram__Criu__UnixSkEntry *sk, struct passed_socket *p)
{
	static Pram__Criu__FownEntry fown = PRAM__CRIU__FOWN_ENTRY__INIT;
	Pram__Criu__FileEntry f = PRAM__CRIU__FILE_ENTRY__INIT;

	pram__criu__unix_sk_entry__init(sk);
	pb_set(sk, type, (uint32_t)p->type);
	pb_set(sk, state, p->type == SOCK_DGRAM ? TCP_CLOSE : TCP_LISTEN);
	pb_set(sk, flags, O_RDWR);
	pb_set(sk, backlog, 7);
	sk->fown = &fown;
	sk->has_name = true;
	sk->name.data = (uint8_t *)((struct sockaddr_un *)&p->name)->sun_path;
	sk->name.len = p->name_len - offsetof(struct sockaddr_un, sun_path);
	pb_set(&f, type, UNIXSK);
	pb_set(&f, id, id);
	f.usk = sk;
	return f;
}

/* Two tasks: one has all files open, one only the first. */
static void put_descriptors(uint32_t n)
{
	for (int task = 1; task <= 2; task++) {
		char name[32];

		begin(0x56213732);
		for (uint32_t i = 0; i < (task == 1 ? n : 1); i++) {
			Pram__Criu__FdinfoEntry fd = PRAM__CRIU__FDINFO_ENTRY__INIT;

			pb_set(&fd, id, i + 1);
			pb_set(&fd, type, i < STREAM ? INETSK : UNIXSK);
			add_entry(&fd.base);
		}
		snprintf(name, sizeof(name), "fdinfo-%d.img", task);
		put_image(name, image, image_len);
	}
}

/* files.img with all sockets as entries 1 to N. */
static void put_images(void)
{
	Pram__Criu__InetSkEntry inet;
	Pram__Criu__UnixSkEntry unix_;

	begin(0x56303138);
	for (uint32_t i = 0; i < N; i++) {
		Pram__Criu__FileEntry f = i < STREAM ? inet_entry(i + 1, &inet, &passed[i]) :
						       unix_entry(i + 1, &unix_, &passed[i]);

		add_entry(&f.base);
	}
	put_image("files.img", image, image_len);
	put_descriptors(N);
}

/* The type of file @id in an image. The entry must have an owner if it is external. */
static uint32_t type_in(const char *name, uint32_t id, const ProtobufCMessageDescriptor *d)
{
	size_t pos = 8, len;
	uint32_t size, type = 0;
	char *buf;

	assert_int_equal(read_file_at(criudir_fd, name, 1u << 20, &buf, &len), 0);
	for (; pos < len; pos += size) {
		ProtobufCMessage *m;

		memcpy(&size, buf + pos, 4);
		pos += 4;
		m = protobuf_c_message_unpack(d, NULL, size, (uint8_t *)buf + pos);
		assert_non_null(m);
		if (d == &pram__criu__file_entry__descriptor && ((Pram__Criu__FileEntry *)m)->id == id) {
			Pram__Criu__FileEntry *f = (void *)m;

			type = f->type;
			assert_true(type != EXT || (f->ext && f->ext->id == id && f->ext->fown));
		} else if (d == &pram__criu__fdinfo_entry__descriptor && ((Pram__Criu__FdinfoEntry *)m)->id == id) {
			type = ((Pram__Criu__FdinfoEntry *)m)->type;
		}
		protobuf_c_message_free_unpacked(m, NULL);
	}
	free(buf);
	return type;
}

static void has_type(uint32_t id, uint32_t type)
{
	assert_int_equal(type_in("files.img", id, &pram__criu__file_entry__descriptor), type);
	assert_int_equal(type_in("fdinfo-1.img", id, &pram__criu__fdinfo_entry__descriptor), type);
	if (id == 1)
		assert_int_equal(type_in("fdinfo-2.img", id, &pram__criu__fdinfo_entry__descriptor), type);
}

/* --- tests -------------------------------------------------------------------------------- */

static void test_all(void **state)
{
	struct stat st;

	(void)state;
	put_images();
	assert_int_equal(passed_restore(1), -ENOTSUP);
	assert_int_equal(passed_sockets_mark(criudir_fd, passed, N, (uint32_t)child), N);
	for (uint32_t i = 0; i < N; i++) {
		int fd = passed_restore((int)i + 1);

		has_type(i + 1, EXT);
		assert_true(fd >= 0);
		assert_int_equal(fstat(fd, &st), 0);
		assert_int_equal(st.st_ino, inodes[i]);
		assert_int_equal(!!(fcntl(fd, F_GETFL) & O_NONBLOCK), i < STREAM);
		close(fd);
	}
	assert_int_equal(passed_restore(N + 1), -ENOTSUP);
	/* the process is gone */
	assert_int_equal(passed_sockets_mark(criudir_fd, passed, N, 0x7ffffffe), N);
	assert_int_equal(passed_restore(1), -1);
}

/* A second attempt to restore, for which systemd passes others. */
static void test_again(void **state)
{
	(void)state;
	put_images();
	assert_int_equal(passed_sockets_mark(criudir_fd, passed, N, (uint32_t)child), N);
	assert_int_equal(passed_sockets_mark(criudir_fd, passed, STREAM, (uint32_t)child), STREAM);
	for (uint32_t i = 0; i < N; i++)
		has_type(i + 1, i < STREAM ? EXT : UNIXSK);
	assert_int_equal(passed_restore(N), -ENOTSUP);
	assert_int_equal(passed_sockets_mark(criudir_fd, passed + STREAM, N - STREAM, (uint32_t)child), N - STREAM);
	for (uint32_t i = 0; i < N; i++)
		has_type(i + 1, i < STREAM ? INETSK : EXT);
	assert_int_equal(passed_sockets_mark(criudir_fd, NULL, 0, (uint32_t)child), 0);
	for (uint32_t i = 0; i < N; i++)
		has_type(i + 1, i < STREAM ? INETSK : UNIXSK);
	assert_int_equal(passed_restore(1), -ENOTSUP);
}

/* What only looks like it is left to CRIU, and no image is changed. */
static void test_others(void **state)
{
	Pram__Criu__InetSkEntry inet[7];
	Pram__Criu__UnixSkEntry unix_[4];
	Pram__Criu__FileEntry f[11];
	ino_t inode;

	(void)state;
	unlinkat(criudir_fd, PASSED_IMAGE, 0);
	for (uint32_t i = 0; i < 7; i++)
		f[i] = inet_entry(i + 1, &inet[i], &passed[i < 2 ? UDP4 : TCP4]);
	inet[0].dst_port = 1;		/* connected */
	inet[1].src_port++;
	inet[2].state = TCP_ESTABLISHED;
	inet[3].type = SOCK_DGRAM;
	inet[4].src_addr[0]++;
	inet[5].family = AF_INET6;
	inet[6].proto = IPPROTO_SCTP;
	for (uint32_t i = 0; i < 4; i++)
		f[7 + i] = unix_entry(i + 8, &unix_[i], &passed[STREAM]);
	unix_[0].state = TCP_CLOSE;
	unix_[0].type = SOCK_DGRAM;
	unix_[1].type = SOCK_SEQPACKET;
	unix_[2].name_dir = (char *)"/";
	unix_[3].name.len = 2;
	begin(0x56303138);
	for (unsigned int i = 0; i < 11; i++)
		add_entry(&f[i].base);
	put_image("files.img", image, image_len);
	inode = image_inode("files.img");
	assert_int_equal(passed_sockets_mark(criudir_fd, passed, N, (uint32_t)child), 0);
	assert_true(image_inode("files.img") == inode);
	assert_int_equal(passed_restore(1), -ENOTSUP);
}

/* CRIU would remove the path of the socket that has accepted the connection. */
static void test_accepted(void **state)
{
	Pram__Criu__UnixSkEntry unix_;
	Pram__Criu__FileEntry f = unix_entry(1, &unix_, &passed[STREAM]), *now;
	uint32_t size;
	size_t len;
	char *buf;

	(void)state;
	unix_.state = TCP_ESTABLISHED;
	begin(0x56303138);
	add_entry(&f.base);
	put_image("files.img", image, image_len);
	assert_int_equal(passed_sockets_mark(criudir_fd, passed + SEQPACKET, 1, (uint32_t)child), 0);
	assert_image("files.img", image, image_len);
	assert_int_equal(passed_sockets_mark(criudir_fd, passed, N, (uint32_t)child), 0);
	assert_int_equal(read_file_at(criudir_fd, "files.img", 1u << 20, &buf, &len), 0);
	memcpy(&size, buf + 8, 4);
	now = pram__criu__file_entry__unpack(NULL, size, (uint8_t *)buf + 12);
	assert_int_equal(now->type, UNIXSK);
	assert_int_equal(now->usk->name.len, 0);
	pram__criu__file_entry__free_unpacked(now, NULL);
	free(buf);
}

/* Two sockets with one name (SO_REUSEPORT): systemd passes one. */
static void test_twice(void **state)
{
	Pram__Criu__InetSkEntry inet[2];

	(void)state;
	begin(0x56303138);
	for (uint32_t i = 0; i < 2; i++) {
		Pram__Criu__FileEntry f = inet_entry(i + 1, &inet[i], &passed[TCP4]);

		add_entry(&f.base);
	}
	put_image("files.img", image, image_len);
	put_descriptors(2);
	assert_int_equal(passed_sockets_mark(criudir_fd, passed, N, (uint32_t)child), 1);
	has_type(1, EXT);
	has_type(2, INETSK);
}

/* The paths of unix sockets, for which directories are kept. */
static void test_paths(void **state)
{
	Pram__Criu__UnixSkEntry unix_[6];
	Pram__Criu__FileEntry f[6];
	char **v = NULL;
	size_t n = 0;

	(void)state;
	f[0] = unix_entry(1, &unix_[0], &passed[STREAM]);
	f[1] = unix_entry(2, &unix_[1], &passed[DGRAM]);
	f[2] = unix_entry(3, &unix_[2], &passed[STREAM]);	/* a connection that it has accepted */
	f[3] = unix_entry(4, &unix_[3], &passed[SEQPACKET]);
	f[4] = unix_entry(5, &unix_[4], &passed[ABSTRACT]);
	f[5] = unix_entry(6, &unix_[5], &passed[SEQPACKET]);
	pb_set(&unix_[3], deleted, true);
	pb_set(&unix_[5], uflags, 1);	/* of another process */
	begin(0x56303138);
	for (unsigned int i = 0; i < 6; i++)
		add_entry(&f[i].base);
	put_image("files.img", image, image_len);
	assert_int_equal(unixpaths(criudir_fd, &v, &n), 0);
	assert_int_equal(n, 2);
	assert_non_null(strstr(v[0], "/stream"));
	assert_non_null(strstr(v[1], "/dgram"));
	free(v[0]);
	free(v[1]);
	free(v);
	v = NULL;
	n = 0;
	unlinkat(criudir_fd, "files.img", 0);
	assert_int_equal(unixpaths(criudir_fd, &v, &n), 0);
	put_image("files.img", image, 9);
	assert_int_equal(unixpaths(criudir_fd, &v, &n), -EBADMSG);
	assert_int_equal(n, 0);
}

static void test_garbage(void **state)
{
	static uint8_t whole[sizeof(image)];
	size_t len;
	int r;

	(void)state;
	put_images();
	begin(0x56213732);
	put_image("fdinfo-1.img", image, 5);
	assert_int_equal(passed_sockets_mark(criudir_fd, passed, N, (uint32_t)child), -EBADMSG);
	put_images();
	assert_int_equal(passed_sockets_mark(criudir_fd, passed, N, (uint32_t)child), N);
	put_image(PASSED_IMAGE, "\xff\xff", 2);
	assert_int_equal(passed_restore(1), -1);
	put_images();
	begin(0x56303138);
	unlinkat(criudir_fd, "files.img", 0);
	assert_int_equal(passed_sockets_mark(criudir_fd, passed, N, (uint32_t)child), 0);
	/* each byte broken: no crash, and never more sockets than there are */
	put_images();
	len = (size_t)read(openat(criudir_fd, "files.img", O_RDONLY), whole, sizeof(whole));
	for (size_t i = 0; i < len * 8; i++) {
		whole[i / 8] ^= (uint8_t)(1u << i % 8);
		put_image("files.img", whole, len);
		whole[i / 8] ^= (uint8_t)(1u << i % 8);
		r = passed_sockets_mark(criudir_fd, passed, N, (uint32_t)child);
		assert_true(r == -EBADMSG || (r >= 0 && r <= N));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all), cmocka_unit_test(test_again), cmocka_unit_test(test_others), cmocka_unit_test(test_twice), cmocka_unit_test(test_accepted), cmocka_unit_test(test_paths), cmocka_unit_test(test_garbage),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
