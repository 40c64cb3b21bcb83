// SPDX-License-Identifier: GPL-2.0-only
/*
 * Foreign data: the kernel command line, CRIU's log, the settings, the header of a
 * kernel image. The first byte chooses.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "reboot/bzimage.h"
#include "reboot/command_line.h"
#include "core/conf.h"
#include "criu/criu_log.h"
#include "fuzz.h"
#include "str.h"

#define SB_PFN 0x1a2b3c

/* Returns the value of the last @key= before a lone "--", for words without quotes. */
static const char *last_value(char *line, const char *key)
{
	const char *value = NULL;
	char *save, *w;

	for (w = strtok_r(line, " \t\n\v\f\r", &save); w && strcmp(w, "--");
	     w = strtok_r(NULL, " \t\n\v\f\r", &save)) {
		const char *v = str_after(w, key);

		if (v)
			value = v;
	}
	return value;
}

static void cmdline(const char *running, const char *append)
{
	char *line, *copy;

	const bool kaslr = strlen(running) % 2;

	if (cmdline_next(running, append, SB_PFN, kaslr, &line) < 0) {
		demand(strchr(append, '"'));
		return;
	}
	if (!strchr(line, '"')) {
		copy = strdup(line);
		demand(copy && str_eq(str_or(last_value(copy, "pram=")), "1a2b3c"));
		strcpy(copy, line);
		demand(kaslr || last_value(copy, "nokaslr"));
		free(copy);
		/* do it again, for the boot after that */
		demand(!cmdline_next(line, NULL, SB_PFN, kaslr, &copy));
		demand(str_eq(copy, line));
		free(copy);
	}
	free(line);
}

/* For any contents of a log, the result is a reason from the table and printable. */
static void criulog(char *text)
{
	static char comm[] = "worker";
	Pram__Process process = PRAM__PROCESS__INIT, *processes[] = { &process };
	Pram__Manifest mf = PRAM__MANIFEST__INIT;
	struct reason_told told;
	FILE *f;

	if (!*text)
		return;
	process.pid = 7;
	process.comm = comm;
	mf.processes = processes;
	mf.n_processes = 1;
	for (enum criulog_of of = CRIULOG_DUMP; of <= CRIULOG_RESTORE; of++) {
		f = fmemopen(text, strlen(text), "r");
		demand(f);
		criulog_tell_stream(f, "/log", of, &mf, &told);
		fclose(f);
		demand(reason_find(told.name));
		demand(memchr(told.text, 0, sizeof(told.text)) && *told.text);
		demand(utf8_valid(told.text, strlen(told.text)));
		for (const char *s = told.text; *s; s++)
			demand(!iscntrl((unsigned char)*s));
	}
}

static void conf(const char *text)
{
	struct conf c = {};
	const char *why;
	unsigned int lines = 1, bad;

	for (const char *s = text; *s; s++)
		lines += *s == '\n';
	conf_defaults(&c);
	bad = conf_parse(&c, text, &why);
	demand(!bad == !why);
	demand(bad <= lines);
	demand(memchr(c.criu, 0, sizeof(c.criu)));
	demand(memchr(c.criu_lib, 0, sizeof(c.criu_lib)));
	demand(c.dump_timeout_usec && c.restore_timeout_usec && c.jump_timeout_usec);
}

static void bzimage(const uint8_t *data, size_t size)
{
	struct bzimage b;

	if (bzimage_parse(data, size, &b))
		return;
	demand(memchr(b.version, 0, sizeof(b.version)));
	demand(b.init_size && b.cmdline_size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text, *second;

	if (!size)
		return 0;
	if (data[0] % 4 == 3) {
		bzimage(data + 1, size - 1);
		return 0;
	}
	text = calloc(1, size + 1);
	demand(text);
	memcpy(text, data + 1, size - 1);
	second = text + strlen(text);
	if (second < text + size - 1)
		second++;
	if (data[0] % 4 == 0)
		cmdline(text, second);
	else if (data[0] % 4 == 1)
		criulog(text);
	else
		conf(text);
	free(text);
	return 0;
}
