// SPDX-License-Identifier: GPL-2.0-only
/*
 * Streams with only one end in the tree, which CRIU does not dump.
 *
 * Connections to the journal. The standard output of a service is a stream socket connected to
 * the journal. The journal only reads from it, and identifies the sender by the credentials of the
 * process that connects. So a new connection serves as well as the old one; only the parameters
 * sent at its start have to be kept.
 *
 * What the journal has not read yet is lost when it closes its end, as on every reboot. The
 * restored process connects itself, so the journal attributes the stream to its PID and unit.
 *
 * Connections to any other process, if the user asks for it (ExternalStreams=close): the restored
 * process sees that its peer has hung up, as if that had been restarted.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "criu.h"
#include "plugin.h"
#include "pluginfiles.h"

#define JOURNAL_VERSION 1
#define STREAM_VERSION 1
#define BAD_IMAGE "is damaged or was written by another version of the plugin"

#define PRIORITY_DEFAULT 30u	/* facility daemon, level info: systemd's default */

static void image_of(int ino, char *buf, size_t size)
{
	snprintf(buf, size, "journal-%u.img", (unsigned int)ino);
}

static void image_of_closed(int ino, char *buf, size_t size)
{
	snprintf(buf, size, "stream-%u.img", (unsigned int)ino);
}

static bool is_journal(int fd)
{
	struct sockaddr_un sa = {};
	socklen_t len = sizeof(sa) - 1;

	return getpeername(fd, (struct sockaddr *)&sa, &len) == 0 && sa.sun_family == AF_UNIX &&
	       !strcmp(sa.sun_path, JOURNAL_SOCKET);
}

/* Returns the next line, and moves @text behind it. */
static char *line_of(char **text)
{
	return *text ? strsep(text, "\n") : NULL;
}

/* --- dump --------------------------------------------------------------------------------- */

static int dump_closed(int fd, int ino)
{
	Pram__ClosedStream closed = PRAM__CLOSED_STREAM__INIT;
	const char *env = getenv(ENV_EXTERNAL);
	socklen_t len = sizeof(int);
	char name[64];
	int type = 0;

	if (!env || strcmp(env, "close") != 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0 ||
	    (type != SOCK_STREAM && type != SOCK_SEQPACKET))
		return -ENOTSUP;
	closed.has_version = closed.has_type = true;
	closed.version = STREAM_VERSION;
	closed.type = (uint32_t)type;
	image_of_closed(ino, name, sizeof(name));
	if (image_write_file(name, &closed.base) < 0 || plugin_enter_inventory() < 0)
		return -1;
	plugin_info("socket %d is a stream to a process outside: it will be closed", ino);
	return 0;
}

static int dump_journal(int ino)
{
	Pram__JournalStream stream = PRAM__JOURNAL_STREAM__INIT;
	const char *env = getenv(ENV_STREAM);
	char name[64], *copy, *text, *word;
	int r;

	copy = text = strdup(env ? env : "");
	if (!copy) {
		plugin_error("no memory");
		return -1;
	}
	stream.has_version = stream.has_priority = stream.has_level_prefix = true;
	stream.version = JOURNAL_VERSION;
	stream.unit = line_of(&text);
	stream.identifier = line_of(&text);
	word = line_of(&text);
	stream.priority = word ? (uint32_t)strtoul(word, NULL, 10) : PRIORITY_DEFAULT;
	word = line_of(&text);
	stream.level_prefix = !word || *word != '0';
	image_of(ino, name, sizeof(name));
	r = image_write_file(name, &stream.base);
	free(copy);
	if (!r)
		r = plugin_enter_inventory();
	if (!r)
		plugin_info("socket %d is a stream to the journal", ino);
	return r;
}

int unix_dump(int fd, int ino)
{
	if (!plugin_asked)
		return -ENOTSUP;
	return is_journal(fd) ? dump_journal(ino) : dump_closed(fd, ino);
}

/* --- restore ------------------------------------------------------------------------------ */

/* If the sandbox hides /run, the host's socket is found below PID 1's root. */
static int connect_journal(void)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX, .sun_path = JOURNAL_SOCKET };
	struct sockaddr_un host = { .sun_family = AF_UNIX,
				    .sun_path = "/proc/1/root" JOURNAL_SOCKET };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 &&
		       connect(fd, (struct sockaddr *)&host, sizeof(host)) < 0)) {
		plugin_error("cannot connect to the journal: %s", strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

/* The three zeroes: the journal does not forward the stream to syslog, kmsg or the console. */
static int introduce(int fd, const Pram__JournalStream *stream)
{
	int n = dprintf(fd, "%s\n%s\n%u\n%d\n0\n0\n0\n",
			stream->identifier ? stream->identifier : "",
			stream->unit ? stream->unit : "", stream->priority, stream->level_prefix);

	if (n < 0)
		plugin_error("the stream cannot be introduced to the journal: %s", strerror(errno));
	return n < 0 ? -1 : 0;
}

/* Runs in the process that is restored, so the journal takes that process for the sender. */
static int restore_journal(int ino, uint8_t *buf, size_t len)
{
	Pram__JournalStream *stream = pram__journal_stream__unpack(NULL, len, buf);
	int fd = -1;

	if (!stream || stream->version != JOURNAL_VERSION)
		plugin_error("journal-%u.img " BAD_IMAGE, (unsigned int)ino);
	else
		fd = connect_journal();
	if (fd >= 0 && introduce(fd, stream) < 0) {
		close(fd);
		fd = -1;
	}
	if (stream)
		pram__journal_stream__free_unpacked(stream, NULL);
	return fd;
}

static int restore_closed(int ino, uint8_t *buf, size_t len)
{
	Pram__ClosedStream *closed = pram__closed_stream__unpack(NULL, len, buf);
	int pair[2] = { -1, -1 };

	if (!closed || closed->version != STREAM_VERSION)
		plugin_error("stream-%u.img " BAD_IMAGE, (unsigned int)ino);
	else if (socketpair(AF_UNIX, (int)closed->type | SOCK_CLOEXEC, 0, pair) < 0)
		plugin_error("no socket for a closed stream: %s", strerror(errno));
	else
		close(pair[1]);
	if (closed)
		pram__closed_stream__free_unpacked(closed, NULL);
	return pair[0];
}

int unix_restore(int ino)
{
	char name[64];
	uint8_t *buf;
	size_t len = 0;
	bool missing, journal = true;
	int fd;

	image_of(ino, name, sizeof(name));
	buf = image_read_file(name, &len, &missing);
	if (!buf && missing) {
		journal = false;
		image_of_closed(ino, name, sizeof(name));
		buf = image_read_file(name, &len, &missing);
	}
	if (!buf)
		return missing ? -ENOTSUP : -1;
	fd = journal ? restore_journal(ino, buf, len) : restore_closed(ino, buf, len);
	free(buf);
	return fd;
}
