// SPDX-License-Identifier: GPL-2.0-only
/*
 * The record of a unit that is restored but not announced to systemd (unannounced.h), and the drop-in that
 * the generator writes from it. Whatever the record says, the drop-in has the same lines; only .socket units
 * are added, of which the names are checked.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "dropin.h"
#include "fuzz.h"
#include "pb.h"
#include "str.h"
#include "unannounced.h"

#define UNIT "redis-server@a.service"

/* Removes "[Unit]\nWants=NAME.socket\n" after the first line. In the text behind it, After= follows Wants=. */
static void strip_sockets(char *text)
{
	char *p = strchr(text, '\n'), *name, *end;

	demand(p);
	for (p++; str_after(p, "[Unit]\nWants="); memmove(p, end + 1, strlen(end))) {
		name = p + strlen("[Unit]\nWants=");
		end = strchr(name, '\n');
		demand(end);
		if (str_after(end + 1, "After="))
			return;
		demand(strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.\\@") ==
		       (size_t)(end - name));
		demand(end - name > 7 && !strncmp(end - 7, ".socket", 7));
	}
}

/* Removes the digits of the time-out, the only value that depends on the record. */
static void strip(char *text)
{
	char *p = strstr(text, "TimeoutStartSec=");

	demand(p);
	p += strlen("TimeoutStartSec=");
	demand(isdigit((unsigned char)*p));
	memmove(p, p + strspn(p, "0123456789"), strlen(p + strspn(p, "0123456789")) + 1);
}

static void check_dropin(const Pram__Unit *u)
{
	static char name[] = UNIT, sock[] = "x.socket";
	char *sockets[] = { sock };
	Pram__Unit plain = PRAM__UNIT__INIT;
	char *text = dropin_restore_text(u), *expected;

	plain.name = name;
	plain.device_policy = u->device_policy;
	plain.sockets = sockets;
	plain.n_sockets = u->n_sockets > 0;
	expected = dropin_restore_text(&plain);
	demand(text && expected);
	strip_sockets(text);
	strip_sockets(expected);
	strip(text);
	strip(expected);
	demand(str_eq(text, expected));
	free(text);
	free(expected);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Pram__Unannounced *r = unannounced_unpack(UNIT, data, size);

	demand(!unannounced_unpack("../" UNIT, data, size));
	if (!r)
		return 0;
	demand(str_eq(r->unit->name, UNIT));
	demand(!r->unit->fragment || utf8_valid(r->unit->fragment, strlen(r->unit->fragment)));
	check_dropin(r->unit);
	pb_free(r);
	return 0;
}
