// SPDX-License-Identifier: GPL-2.0-only
/*
 * The network lock of a service as stored in PRAM, or a listing of nftables; the first byte chooses. For any
 * input that is accepted, CRIU's table and nothing else is loaded.
 */
#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "netlock/parts.h"
#include "str.h"

#define NAME "CRIU-b8460f19-6832-40ba-b9"
#define RUN_ID "b8460f19-6832-40ba-b91c-0123456789ab"

/* Checks that the lock equals the template, except for the elements, which are addresses and ports. */
static void check_own(const char *own, const char *name)
{
	json_t *doc = json_loads(own, 0, NULL);
	json_t *list = json_object_get(doc, "nftables");
	json_t *template = netlock_template(name);
	size_t i;

	demand(doc && template && json_object_size(doc) == 1);
	for (i = 0; i < json_array_size(list); i++) {
		json_t *set = json_object_get(json_array_get(list, i), "set");
		const json_t *elems = json_object_get(set, "elem");
		char *text = elems ? json_dumps(elems, JSON_COMPACT) : NULL;

		demand(!text || !text[strspn(text, "[]{},:.\"concatABCDEFabcdef0123456789")]);
		free(text);
		json_object_del(set, "elem");
	}
	demand(json_equal(list, template));
	json_decref(doc);
	json_decref(template);
}

static void lock(const char *text)
{
	char name[NETLOCK_NAME_SIZE], name2[NETLOCK_NAME_SIZE];
	struct netlock_error e = {};
	char *own, *again;

	if (netlock_check(text, name, &own, &e) < 0) {
		demand(!own && *e.text);
		return;
	}
	check_own(own, name);
	demand(!strncmp(name, "CRIU-", 5) && !name[5 + strspn(name + 5, "0123456789abcdefABCDEF-")]);
	demand(!netlock_check(own, name2, &again, &e));
	demand(str_eq(own, again) && str_eq(name, name2));
	free(own);
	free(again);
}

static void listing(const char *text)
{
	struct netlock_error e = {};
	char *made;

	if (netlock_from_listing(text, NAME, &made, &e) < 0)
		demand(!made && *e.text);
	else if (made)
		check_own(made, NAME);
	free(made);
}

static void tables(const char *text)
{
	char name[NETLOCK_NAME_SIZE];
	struct netlock_error e = {};
	int r = netlock_find_table(text, RUN_ID, name, &e);

	demand(r >= 0 || (r == -EBADMSG && *e.text));
	demand(r != 1 || str_eq(name, NAME) || str_eq(name, "CRIU-" RUN_ID));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const parse[])(const char *) = { lock, listing, tables };

	fuzz_texts(data, size, parse, 3);
	return 0;
}
