// SPDX-License-Identifier: GPL-2.0-only
#include <unistd.h>

#include "criu/log_match.h"
#include "criu/tool_reason.h"
#include "log.h"
#include "str.h"

#define LOG_LINES 20
#define LINE_MAX_LEN 512

struct tool_pattern {
	enum reason_id reason;
	const char *pattern;
};

#define P(id, pattern) { REASON_##id, pattern }
#define END { .pattern = NULL }

/* Shortages, which any program may report. */
static const struct tool_pattern any[] = {
	P(NO_SPACE, "{*}: No space left on device"),
	P(OUT_OF_MEMORY, "{*}: Cannot allocate memory"),
	END,
};

/* The child of spawn_new() ends with this status if it cannot execute the program. */
#define STATUS_NOT_RUN 127
static const struct tool_pattern not_run[] = {
	P(PROGRAM_MISSING, "{path}: No such file or directory$"),
	P(PROGRAM_MISSING, "{path}: Permission denied$"),
	P(PROGRAM_MISSING, "{path}: Exec format error$"),
	END,
};

static const struct tool_pattern kexec[] = {
	P(KEXEC_OVERLAP, "{*}: Address already in use"),
	P(KEXEC_SIGNATURE, "{*}: Required key not available"),
	P(KEXEC_SIGNATURE, "{*}: Key was rejected by service"),
	P(KEXEC_SIGNATURE, "{*}: Key has expired"),
	P(KEXEC_SIGNATURE, "{*}: Key has been revoked"),
	P(KEXEC_SIGNATURE, "{*}: Bad message"),
	P(KEXEC_SIGNATURE, "{*}: No data available"),
	P(KEXEC_DENIED, "{*}: Operation not permitted"),
	P(KEXEC_FILE, "Cannot open `{*}"),
	P(KEXEC_FILE, "{*}: No such file or directory"),
	P(KEXEC_FILE, "{*}: Permission denied"),
	P(KEXEC_FORMAT, "Cannot determine the file type of "),
	P(KEXEC_FORMAT, "{*}: Exec format error"),
	P(KEXEC_FORMAT, "Cannot load "),
	P(KEXEC_MEMORY, "Could not find a free area of memory "),
	P(KEXEC_MEMORY, "{*}: Cannot assign requested address"),
	P(KEXEC_MEMORY, "{*}: Cannot allocate memory"),
	P(KEXEC_BUSY, "{*}: Device or resource busy"),
	END,
};

static const struct tool_pattern start_criu[] = {
	P(PROGRAM_MISSING, "Failed to execute"),
	P(PROGRAM_MISSING, "Failed to find executable {path}: "),
	P(SCOPE, "Failed to start transient scope unit"),
	P(USER_NAMESPACE, "process {pid} has made a user namespace"),
	P(SANDBOX, "the namespaces of process {pid} cannot be examined"),
	P(SANDBOX, "cannot open the unit's namespaces"),
	P(SANDBOX, "cannot enter the unit"),
	P(SANDBOX, "cannot use the unit's /proc"),
	P(SANDBOX, "cannot find the unit's control group"),
	P(SANDBOX, "cannot find /dev/pram"),
	P(SANDBOX, "cannot make /dev/pram in the unit"),
	P(SANDBOX, "cannot join the unit's control group"),
	END,
};

static const struct tool_pattern nothing[] = { END };

static const struct {
	const char *what;	/* for the journal */
	enum reason_id otherwise;
	const struct tool_pattern *patterns;
} tools[TOOLS] = {
	[TOOL_KEXEC] = { "kexec -l", REASON_KEXEC_LOAD, kexec },
	[TOOL_SYSTEMCTL_KEXEC] = { "systemctl kexec", REASON_SYSTEMCTL_KEXEC, nothing },
	[TOOL_RELOAD] = { "systemctl daemon-reload", REASON_SYSTEMD_RELOAD, nothing },
	[TOOL_SAVE] = { "tar --create", REASON_FILES_SAVE, any },
	[TOOL_LOAD] = { "tar --extract", REASON_FILES_RESTORE, any },
	[TOOL_CRIU_CHECK] = { "criu check", REASON_CRIU_CHECK, nothing },
};

/* Copies the next line of *@p into @line, cut to fit. Returns false at the end. */
static bool next_line(const char **p, char line[LINE_MAX_LEN])
{
	size_t n = strcspn(*p, "\n");
	size_t fits = n < LINE_MAX_LEN ? n : LINE_MAX_LEN - 1;

	if (!**p)
		return false;
	memcpy(line, *p, fits);
	line[fits] = 0;
	*p += n + ((*p)[n] == '\n');
	return true;
}

/* Reports the reason of the first line that matches a pattern. */
static bool look(const struct tool_pattern *patterns, const char *output, struct reason_told *ret)
{
	char line[LINE_MAX_LEN];

	while (next_line(&output, line))
		for (const struct tool_pattern *p = patterns; p->pattern; p++) {
			struct reason_object o = REASON_OBJECT_INIT;

			if (!log_match(p->pattern, line, &o))
				continue;
			reason_tell(p->reason, &o, ret);
			return true;
		}
	return false;
}

void tool_log(const char *what, const char *output)
{
	char line[LINE_MAX_LEN];
	size_t lines = 0;

	for (const char *p = output; next_line(&p, line);)
		lines++;
	for (; next_line(&output, line); lines--)
		if (lines <= LOG_LINES)
			log_error("%s: %s", what, line);
}

void tool_tell(enum tool tool, const struct spawn_result *result, struct reason_told *ret)
{
	tool_log(tools[tool].what, result->output);
	if (result->status == STATUS_NOT_RUN && look(not_run, result->output, ret))
		return;
	if (!look(tools[tool].patterns, result->output, ret))
		reason_tell(tools[tool].otherwise, NULL, ret);
}

void tool_log_failure(enum tool tool, const struct spawn_result *result)
{
	struct reason_told told;
	char note[REASON_NOTE_MAX];

	tool_tell(tool, result, &told);
	log_error("%s%s", told.text, reason_note(told.name, note));
}

void criu_tell(const struct spawn_result *result, const char *log, enum criulog_of of,
	       const Pram__Manifest *mf, struct reason_told *ret)
{
	tool_log("criu", result->output);
	if (result->timed_out) {
		reason_tell(REASON_CRIU_TIMEOUT, NULL, ret);
		return;
	}
	if (access(log, F_OK) < 0 &&
	    (look(start_criu, result->output, ret) ||
	     (result->status == STATUS_NOT_RUN && look(not_run, result->output, ret))))
		return;
	criulog_tell(log, of, mf, ret);
}
