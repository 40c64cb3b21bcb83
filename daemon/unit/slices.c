// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "unit/conf.h"
#include "unit/slices.h"
#include "name.h"
#include "pb.h"
#include "str.h"

#define SERVICES_MAX 4096

/* Builds the path of a slice's control group: "a-b.slice" is in "a.slice". */
static char *group_of(const char *root, const char *slice)
{
	char *path = str_printf("%s", root);

	for (const char *dash = slice; path && dash; ) {
		char *longer;

		dash = strchr(dash + 1, '-');
		longer = dash ? str_printf("%s/%.*s.slice", path, (int)(dash - slice), slice) :
				str_printf("%s/%s", path, slice);
		free(path);
		path = longer;
	}
	return path;
}

/* Adds all services, also those with a name that cannot be kept: the caller has to refuse them. */
static int add_groups(const char *path, char ***v, size_t *n)
{
	DIR *d = opendir(path);
	struct dirent *de;
	int r = 0;

	if (!d)
		return errno == ENOENT ? 0 : -errno;
	while (!r && (de = readdir(d))) {
		const char *name = group_unit(de->d_name);

		if (de->d_type != DT_DIR)
			continue;
		if (is_service_name(name)) {
			r = *n < SERVICES_MAX ? pb_append_str(n, v, name) : -E2BIG;
		} else if (!slice_name_problem(name)) {
			char *below __cleanup(freep) = str_printf("%s/%s", path, de->d_name);

			r = below ? add_groups(below, v, n) : -ENOMEM;
		}
	}
	closedir(d);
	return r;
}

int slice_services(const char *root, const char *slice, char ***v, size_t *n)
{
	char *path __cleanup(freep) = group_of(root, slice);

	return path ? add_groups(path, v, n) : -ENOMEM;
}

/* --- all kept services -------------------------------------------------------------------- */

struct list {
	struct kept_unit *v;
	size_t n;
};

static int add(struct list *list, const char *name, const char *slice)
{
	struct kept_unit *v;

	for (size_t i = 0; i < list->n; i++)
		if (str_eq(list->v[i].name, name))
			return 0;
	v = realloc(list->v, (list->n + 1) * sizeof(*v));
	if (!v)
		return -ENOMEM;
	list->v = v;
	v += list->n++;
	*v = (struct kept_unit){ .name = strdup(name), .slice = slice ? strdup(slice) : NULL };
	return v->name && (v->slice || !slice) ? 0 : -ENOMEM;
}

static int add_slice(struct list *list, const char *slice)
{
	char **names = NULL;
	size_t n = 0;
	int r = slice_services(SLICES_ROOT, slice, &names, &n);

	for (size_t i = 0; i < n; i++) {
		if (!r)
			r = add(list, names[i], slice);
		free(names[i]);
	}
	free(names);
	return r;
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct kept_unit *)a)->name, ((const struct kept_unit *)b)->name);
}

void units_kept_free(struct kept_unit *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(v[i].name);
		free(v[i].slice);
	}
	free(v);
}

int units_kept(const struct conf *c, struct kept_unit **ret, size_t *ret_n)
{
	struct list list = {};
	char **names = NULL;
	size_t n = 0;
	int r = units_enabled(c, &names, &n);

	/* Services that are enabled by their own name come first. */
	for (size_t i = 0; !r && i < n; i++)
		if (!unit_name_problem(names[i]))
			r = add(&list, names[i], NULL);
	for (size_t i = 0; !r && i < n; i++)
		if (!slice_name_problem(names[i]))
			r = add_slice(&list, names[i]);
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	free(names);
	if (r < 0) {
		units_kept_free(list.v, list.n);
		return r;
	}
	if (list.n)
		qsort(list.v, list.n, sizeof(*list.v), compare);
	*ret = list.v;
	*ret_n = list.n;
	return 0;
}
