// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections to the journal. The standard output of a service is a stream socket connected to
 * the journal, and CRIU does not dump a connection with only one end in the tree. The journal
 * only reads from it, and identifies the sender by the credentials of the process that connects. So
 * a new connection serves as well as the old one; only the parameters sent at its start have to be
 * kept.
 *
 * What the journal has not read yet is lost when it closes its end, as on every reboot. The
 * restored process connects itself, so the journal attributes the stream to its PID and unit.
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

/* Set by pramd: "UNIT\nIDENTIFIER\nPRIORITY\nLEVEL_PREFIX", the parameters of a new stream. */
#define ENV_STREAM "PRAM_STREAM"
#define PRIORITY_DEFAULT 30u	/* facility daemon, level info: systemd's default */

static void image_of(int ino, char *buf, size_t size)
{
	snprintf(buf, size, "journal-%u.img", (unsigned int)ino);
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

int unix_dump(int fd, int ino)
{
	Pram__JournalStream stream = PRAM__JOURNAL_STREAM__INIT;
	const char *env = getenv(ENV_STREAM);
	char name[64], *copy, *text, *word;
	int r;

	if (!plugin_asked || !is_journal(fd))
		return -ENOTSUP;
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
int unix_restore(int ino)
{
	Pram__JournalStream *stream;
	uint8_t *buf;
	size_t len = 0;
	char name[64];
	bool missing;
	int fd;

	image_of(ino, name, sizeof(name));
	buf = image_read_file(name, &len, &missing);
	if (!buf)
		return missing ? -ENOTSUP : -1;
	stream = pram__journal_stream__unpack(NULL, len, buf);
	free(buf);
	if (!stream || stream->version != JOURNAL_VERSION) {
		plugin_error("%s is damaged or was written by another version of the plugin", name);
		fd = -1;
	} else {
		fd = connect_journal();
	}
	if (fd >= 0 && introduce(fd, stream) < 0) {
		close(fd);
		fd = -1;
	}
	if (stream)
		pram__journal_stream__free_unpacked(stream, NULL);
	return fd;
}
