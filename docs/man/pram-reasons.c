// SPDX-License-Identifier: GPL-2.0-only
/* Prints pram-reasons(7), which is generated from lib/reasons.def. */
#include <ctype.h>
#include <stdio.h>

#include "reasons.h"
#include "str.h"

static const char head[] =
	".\\\" SPDX-License-Identifier: GPL-2.0-only\n"
	".\\\" Generated from lib/reasons.def.\n"
	".TH PRAM\\-REASONS 7 \"\" pram \"Miscellaneous Information\"\n"
	".SH NAME\n"
	"pram\\-reasons \\- why a checkpoint, a restore or a kexec\\-reboot failed\n"
	".SH DESCRIPTION\n"
	".BR pramctl (1)\n"
	"tells the reason for a failure in one sentence, followed by the reason's short name.\n"
	"This page lists the reasons by name, each with what to do.\n"
	".B pramctl reasons\n"
	"prints the same list. With\n"
	".B \\-\\-json\n"
	"the field\n"
	".I reason\n"
	"of a result, or of one of its items, has the name.\n"
	".PP\n"
	"In a message the sentence names the process, the file or the descriptor if they are known.\n"
	"What CRIU or another program printed itself is in CRIU's log\n"
	".RI ( /var/log/pram/ NAME /)\n"
	"or in the journal\n"
	".RB ( \"journalctl \\-u pramd\" ).\n"
	".SH REASONS\n";

static const char foot[] =
	".SH SEE ALSO\n"
	".BR pramctl (1),\n"
	".BR pram (7),\n"
	".BR pramd (8),\n"
	".BR criu (8)\n";

static void put_text(const char *s)
{
	/* A line that begins with a dot or a quote would be a macro. */
	if (*s == '.' || *s == '\'')
		fputs("\\&", stdout);
	for (; *s; s++)
		if (*s == '\\')
			fputs("\\e", stdout);
		else if (*s == '-')
			fputs("\\-", stdout);
		else
			putchar(*s);
}

/* Capitalizes the first letter of a sentence, unless it is the name of a program. */
static void capitalize(char *s)
{
	if (!str_after(s, "kexec") && !str_after(s, "system"))
		*s = (char)toupper((unsigned char)*s);
}

static void put_reason(enum reason_id id)
{
	struct reason_told told;

	reason_tell(id, NULL, &told);
	capitalize(told.text);
	fputs(".TP\n.B ", stdout);
	put_text(told.name);
	putchar('\n');
	put_text(told.text);
	fputs(".\n.IP\n", stdout);
	put_text(reasons[id].remedy);
	putchar('\n');
}

int main(void)
{
	fputs(head, stdout);
	for (enum reason_id id = 0; id < REASONS; id++)
		put_reason(id);
	fputs(foot, stdout);
	return ferror(stdout) != 0;
}
