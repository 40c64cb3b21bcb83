// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>

#include "criu/criu_log.h"
#include "str.h"

/* A log with -v4 of a large tree; beyond that no first error is to be expected. */
#define LOG_SCAN_MAX (256L * 1024 * 1024)

/* Says only that something, named elsewhere, has failed. */
static bool is_noise(const char *text)
{
	static const char *const noise[] = {
		"Dumping FAILED",
		"Restoring FAILED",
		"exited, status=",
		"Can't exec nft",
		"Unable to find the parent",
	};

	for (size_t i = 0; i < ARRAY_SIZE(noise); i++)
		if (str_after(text, noise[i]))
			return true;
	return !*text;
}

bool criulog_line_reason(const char *line, char *ret, size_t size)
{
	const char *p = strstr(line, "Error (");
	char *text;
	size_t n;

	/* Nothing but the time stamp and a pid may stand in front. */
	if (!p || strspn(line, "(0123456789.): \t") < (size_t)(p - line))
		return false;
	p = strstr(p, "): ");
	if (!p)
		return false;
	n = strlen(p + 3);
	if (n >= size)
		n = size - 1;
	memmove(ret, p + 3, n);
	ret[n] = 0;
	text = str_trim(ret);
	memmove(ret, text, strlen(text) + 1);
	str_sanitize(ret);
	return !is_noise(ret);
}

int criulog_stream_reason(FILE *f, char *ret, size_t size)
{
	char *line = NULL;
	size_t cap = 0;
	long seen = 0;
	int r = -ENOENT;
	ssize_t n;

	while (r < 0 && seen < LOG_SCAN_MAX && (n = getline(&line, &cap, f)) > 0) {
		seen += n;
		if (criulog_line_reason(line, ret, size))
			r = 0;
	}
	free(line);
	return r;
}

int criulog_file_reason(const char *path, char *ret, size_t size)
{
	FILE *f = fopen(path, "re");
	int r;

	if (!f)
		return -errno;
	r = criulog_stream_reason(f, ret, size);
	fclose(f);
	return r;
}

int criulog_run_id(const char *path, char **ret)
{
	static const char key[] = ") CRIU run id = ";
	FILE *f = fopen(path, "re");
	char line[512];
	int r = -ENOENT;

	while (f && r == -ENOENT && fgets(line, sizeof(line), f)) {
		const char *id = strstr(line, key);

		if (!id)
			continue;
		id += strlen(key);
		*ret = strndup(id, strcspn(id, "\n"));
		r = *ret ? 0 : -ENOMEM;
	}
	if (f)
		fclose(f);
	return r;
}
