// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>

#include "criu/criu_log.h"
#include "criu/criu_patterns.h"
#include "criu/log_match.h"
#include "str.h"

/* More than a log with -v4 of a large tree has. */
#define LOG_SCAN_MAX (256L * 1024 * 1024)
#define LINE_MAX_LEN 8192	/* CRIU's own lines are shorter */

struct scan {
	const Pram__Manifest *mf;
	unsigned int on;	/* ON_DUMP or ON_RESTORE */
	uint32_t task;		/* being dumped */
	bool found;
	bool known;		/* found by a pattern without LAST */
	enum reason_id reason;
	struct reason_object object;
};

/* --- lines -------------------------------------------------------------------------------- */

/*
 * Skips "(00.012345) pie: 77: ", a time stamp and, for a child of CRIU, its PID. NULL: CRIU does
 * not write such a line.
 */
static char *skip_header(char *p, uint32_t *ret_pid)
{
	char *digits;

	*ret_pid = 0;
	if (*p++ != '(')
		return NULL;
	p += strspn(p, "0123456789.");
	if (*p++ != ')')
		return NULL;
	p += strspn(p, " ");
	if (str_after(p, "pie: "))
		p += strlen("pie: ");
	p += strspn(p, " ");
	digits = p;
	p += strspn(p, "0123456789");
	if (p == digits)
		return p;
	if (*p != ':' || p - digits > 9)
		return NULL;
	*ret_pid = (uint32_t)strtoul(digits, NULL, 10);
	p++;
	return p + strspn(p, " ");
}

const char *criulog_error(char *line, uint32_t *ret_pid)
{
	char *p = skip_header(line, ret_pid);

	if (!p || !str_after(p, "Error ("))
		return NULL;
	p = strstr(p, "): ");
	return p ? str_trim(p + strlen("): ")) : NULL;
}

/* Skips the name of a subsystem, such as "tty: ", if there is one. */
static const char *skip_subsystem(const char *text)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");

	if (!n || !str_after(text + n, ": "))
		return text;
	text += n + 2;
	return text + strspn(text, " \t");
}

/* --- meaning ------------------------------------------------------------------------------ */

/* The process of the checkpoint whose PID, or the TID of one of its threads, is @id. */
static const Pram__Process *process_of(const Pram__Manifest *mf, uint32_t id)
{
	for (size_t i = 0; mf && id && i < mf->n_processes; i++) {
		const Pram__Process *p = mf->processes[i];

		if (p->pid == id)
			return p;
		for (size_t k = 0; k < p->n_tids; k++)
			if (p->tids[k] == id)
				return p;
	}
	return NULL;
}

static void name_process(struct scan *s, uint32_t pid)
{
	const Pram__Process *p = process_of(s->mf, pid);
	struct reason_object *o = &s->object;

	o->pid = p ? p->pid : 0;
	if (p)
		snprintf(o->comm, sizeof(o->comm), "%s", str_or(p->comm));
}

static void add_root(struct reason_object *o)
{
	size_t n = strlen(o->path);

	if (!n || o->path[0] == '/' || n + 1 >= sizeof(o->path))
		return;
	memmove(o->path + 1, o->path, n + 1);
	o->path[0] = '/';
}

static void understand(struct scan *s, const struct criu_pattern *pattern,
		       const struct reason_object *o, uint32_t line_pid)
{
	uint32_t pid = o->pid;

	if (!pid && pattern->flags & OF_TASK)
		pid = s->task;
	if (!pid)
		pid = line_pid;
	s->found = true;
	s->known = !(pattern->flags & LAST);
	s->reason = pattern->reason;
	s->object = *o;
	if (pattern->flags & FROM_ROOT)
		add_root(&s->object);
	name_process(s, pid);
}

static void look_at_error(struct scan *s, const char *text, uint32_t line_pid)
{
	const char *inner = skip_subsystem(text);

	for (const struct criu_pattern *p = criu_patterns; p->pattern; p++) {
		struct reason_object o = REASON_OBJECT_INIT;

		if (!(p->flags & s->on) || (s->found && p->flags & LAST))
			continue;
		if (!log_match(p->pattern, text, &o) && !log_match(p->pattern, inner, &o))
			continue;
		understand(s, p, &o, line_pid);
		return;
	}
}

static void look_at_line(struct scan *s, char *line)
{
	struct reason_object task = REASON_OBJECT_INIT;
	uint32_t pid;
	const char *text = skip_header(line, &pid);

	if (!text)
		return;
	if (log_match("Dumping task (pid: {pid} ", text, &task)) {
		s->task = task.pid;
		return;
	}
	text = criulog_error(line, &pid);
	if (text)
		look_at_error(s, text, pid);
}

/* Cuts lines that do not fit into the buffer, and does not treat the rest as another line. */
static void scan(FILE *f, struct scan *s)
{
	char line[LINE_MAX_LEN];
	bool rest = false;

	for (long seen = 0; seen < LOG_SCAN_MAX && !s->known; seen += (long)strlen(line)) {
		bool whole;

		line[sizeof(line) - 2] = 0;
		if (!fgets(line, sizeof(line), f))
			break;
		whole = !line[sizeof(line) - 2] || line[sizeof(line) - 2] == '\n';
		if (!rest)
			look_at_line(s, line);
		rest = !whole;
	}
}

void criulog_tell_stream(FILE *f, const char *path, enum criulog_of of, const Pram__Manifest *mf,
			 struct reason_told *ret)
{
	struct scan s = {
		.mf = mf,
		.on = of == CRIULOG_DUMP ? ON_DUMP : ON_RESTORE,
		.reason = of == CRIULOG_DUMP ? REASON_CRIU_DUMP : REASON_CRIU_RESTORE,
		.object = REASON_OBJECT_INIT,
	};

	if (f)
		scan(f, &s);
	s.object.log = path;
	reason_tell(s.reason, &s.object, ret);
}

void criulog_tell(const char *path, enum criulog_of of, const Pram__Manifest *mf,
		  struct reason_told *ret)
{
	FILE *f = fopen(path, "re");

	criulog_tell_stream(f, path, of, mf, ret);
	if (f)
		fclose(f);
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
