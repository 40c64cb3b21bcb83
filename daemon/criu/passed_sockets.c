// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#include "criu/criu_image.h"
#include "criu/passed_sockets.h"
#include "criu.pb-c.h"
#include "io.h"
#include "pb.h"
#include "pluginfiles.h"
#include "plugin.pb-c.h"
#include "str.h"

/* CRIU's fd_types */
#define FILE_TYPE_INETSK 4
#define FILE_TYPE_UNIXSK 5
#define FILE_TYPE_EXT 16

/*
 * Both images of a file have its type: files.img, and fdinfo-N.img of each task that has it open.
 */
struct typed {
	uint32_t id;
	uint32_t type;
};

struct marking {
	const struct passed_socket *sockets;
	size_t n;
	bool *used;		/* by index of @sockets */
	struct typed *typed;
	size_t n_typed;
	Pram__PassedSockets *image;
};

/* --- comparison --------------------------------------------------------------------------- */

static bool same_inet(const Pram__Criu__InetSkEntry *sk, const struct passed_socket *p)
{
	const struct sockaddr_in *in = (const void *)&p->name;
	const struct sockaddr_in6 *in6 = (const void *)&p->name;
	bool is_v4 = p->family == AF_INET;

	if ((!is_v4 && p->family != AF_INET6) || sk->family != (uint32_t)p->family ||
	    sk->type != (uint32_t)p->type || sk->proto != (uint32_t)p->protocol ||
	    sk->n_src_addr != (is_v4 ? 1 : 4))
		return false;
	/* One that is connected has the same name as the one that it came from. */
	if (sk->type == SOCK_STREAM ? sk->state != TCP_LISTEN : sk->dst_port != 0)
		return false;
	return sk->src_port == ntohs(is_v4 ? in->sin_port : in6->sin6_port) &&
	       !memcmp(sk->src_addr,
		       is_v4 ? (const void *)&in->sin_addr : (const void *)&in6->sin6_addr,
		       is_v4 ? sizeof(in->sin_addr) : sizeof(in6->sin6_addr));
}

/* The length of a unix socket's name without the nul behind a path. */
static size_t name_length(const void *name, size_t len)
{
	const char *s = name;

	if (len && s[0])
		while (len && !s[len - 1])
			len--;
	return len;
}

static bool has_name(const Pram__Criu__UnixSkEntry *sk, const struct passed_socket *p)
{
	const struct sockaddr_un *un = (const void *)&p->name;
	size_t len = name_length(sk->name.data, sk->name.len);

	if (p->family != AF_UNIX || sk->type != (uint32_t)p->type || !len || sk->name_dir ||
	    p->name_len <= offsetof(struct sockaddr_un, sun_path))
		return false;
	return len == name_length(un->sun_path,
				  p->name_len - offsetof(struct sockaddr_un, sun_path)) &&
	       !memcmp(sk->name.data, un->sun_path, len);
}

static bool same_unix(const Pram__Criu__UnixSkEntry *sk, const struct passed_socket *p)
{
	return sk->state == TCP_LISTEN && has_name(sk, p);
}

/* The index in @sockets, or -1. Each is found once. */
static ssize_t find(struct marking *mk, const Pram__Criu__FileEntry *f)
{
	for (size_t i = 0; i < mk->n; i++)
		if (!mk->used[i] && ((f->isk && same_inet(f->isk, &mk->sockets[i])) ||
				     (f->usk && same_unix(f->usk, &mk->sockets[i])))) {
			mk->used[i] = true;
			return (ssize_t)i;
		}
	return -1;
}

/* --- images ------------------------------------------------------------------------------- */

static int list(struct marking *mk, const Pram__Criu__FileEntry *f, const struct passed_socket *p)
{
	Pram__PassedSocket *s = pb_new(&pram__passed_socket__descriptor);

	if (!s)
		return -ENOMEM;
	pb_set(s, id, f->id);
	pb_set(s, fd, p->fd);
	pb_set(s, flags, f->isk ? f->isk->flags : f->usk->flags);
	pb_set(s, backlog, f->isk ? f->isk->backlog : f->usk->backlog);
	pb_set(s, listens, (f->isk ? f->isk->state : f->usk->state) == TCP_LISTEN);
	return pb_append_msg(&mk->image->n_sockets, &mk->image->sockets, s);
}

/* CRIU demands an ExtFileEntry with an owner. */
static int make_external(Pram__Criu__FileEntry *f)
{
	Pram__Criu__ExtFileEntry *ext = pb_new(&pram__criu__ext_file_entry__descriptor);
	Pram__Criu__FownEntry *fown = f->isk ? f->isk->fown : f->usk->fown;

	if (!ext)
		return -ENOMEM;
	ext->fown = pb_dup(fown);
	if (!ext->fown) {
		pb_free(ext);
		return fown ? -ENOMEM : -EBADMSG;
	}
	pb_set(ext, id, f->id);
	f->ext = ext;
	return 0;
}

static int remember_type(struct marking *mk, const Pram__Criu__FileEntry *f)
{
	struct typed *v = realloc(mk->typed, (mk->n_typed + 1) * sizeof(*v));

	if (!v)
		return -ENOMEM;
	mk->typed = v;
	v[mk->n_typed++] = (struct typed){ f->id, f->type };
	return 0;
}

/*
 * A connection has the name of the socket that accepted it. CRIU removes the path of each socket with
 * a name before it binds any, but binds no connection: so it would remove the path of a passed socket.
 */
static bool forget_path(const struct marking *mk, Pram__Criu__UnixSkEntry *sk)
{
	if (!sk || sk->state == TCP_LISTEN)
		return false;
	for (size_t i = 0; i < mk->n; i++)
		if (has_name(sk, &mk->sockets[i])) {
			sk->name.len = 0;
			sk->has_deleted = false;
			return true;
		}
	return false;
}

/* The socket stays in the entry, which CRIU does not look at, for the next attempt. */
static int mark_file(void *entry, void *arg)
{
	Pram__Criu__FileEntry *f = entry;
	struct marking *mk = arg;
	uint32_t type;
	ssize_t i;
	int r = 0;

	if (!f->isk && !f->usk)
		return 0;
	if (forget_path(mk, f->usk))
		return 1;
	i = find(mk, f);
	if (i < 0 && f->type != FILE_TYPE_EXT)
		return 0;
	if (i >= 0)
		r = list(mk, f, &mk->sockets[i]);
	if (!r && i >= 0 && !f->ext)
		r = make_external(f);
	if (r < 0)
		return r;
	type = f->type;
	f->type = i >= 0 ? FILE_TYPE_EXT : f->isk ? FILE_TYPE_INETSK : FILE_TYPE_UNIXSK;
	r = remember_type(mk, f);
	return r < 0 ? r : f->type != type;
}

static int mark_descriptor(void *entry, void *arg)
{
	Pram__Criu__FdinfoEntry *fd = entry;
	const struct marking *mk = arg;

	for (size_t i = 0; i < mk->n_typed; i++)
		if (mk->typed[i].id == fd->id && mk->typed[i].type != fd->type) {
			fd->type = mk->typed[i].type;
			return 1;
		}
	return 0;
}

static int mark_descriptors(int dir, struct marking *mk)
{
	int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *de;
	int r = d ? 0 : -errno;

	while (r >= 0 && d && (de = readdir(d)))
		if (str_after(de->d_name, "fdinfo-"))
			r = criu_image_walk(dir, de->d_name, &criu_image_fdinfo, mark_descriptor,
					    mk);
	if (d)
		closedir(d);
	else
		fd_close(copy);
	return r < 0 ? r : 0;
}

static int write_image(int dir, Pram__PassedSockets *image)
{
	size_t len = protobuf_c_message_get_packed_size(&image->base);
	uint8_t *buf __cleanup(freep) = malloc(len + 1);

	if (!buf)
		return -ENOMEM;
	protobuf_c_message_pack(&image->base, buf);
	return replace_file_at(dir, PASSED_IMAGE, NULL, buf, len);
}

int passed_sockets_mark(int dir, const struct passed_socket *sockets, size_t n, uint32_t pid)
{
	Pram__PassedSockets *image __cleanup(pb_freep) =
		pb_new(&pram__passed_sockets__descriptor);
	bool *used __cleanup(freep) = calloc(n + 1, sizeof(*used));
	struct marking mk = { .sockets = sockets, .n = n, .used = used, .image = image };
	int r;

	if (!image || !used)
		return -ENOMEM;
	pb_set(image, version, PASSED_VERSION);
	pb_set(image, pid, pid);
	r = criu_image_walk(dir, "files.img", &criu_image_files, mark_file, &mk);
	if (r == -ENOENT)
		r = 0;	/* a process may have no files at all */
	if (r >= 0 && mk.n_typed)
		r = mark_descriptors(dir, &mk);
	if (r >= 0 && mk.n_typed)
		r = write_image(dir, image);
	free(mk.typed);
	return r < 0 ? r : (int)image->n_sockets;
}
