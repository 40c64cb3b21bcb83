// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/manager.h"
#include "core/server.h"
#include "unit/conf.h"
#include "unit/enable.h"
#include "unit/info.h"
#include "unit/slices.h"
#include "name.h"
#include "pb.h"
#include "str.h"

static void add_item(Pram__Result *result, const char *name, Pram__Code code, const char *message)
{
	Pram__Item *item = PB_NEW(Item);

	if (!item)
		return;
	pb_set(item, code, code);
	pb_str(&item->name, name);
	pb_str(&item->message, message);
	pb_append_msg(&result->n_items, &result->items, item);
	if (code && !result->code) {
		pb_set(result, code, code);
		pb_strf(&result->message, "%s: %s", name, message);
	}
}

bool units_choose(const char *name, char ***ret, size_t *ret_n, struct reason_told *told)
{
	const char *problem = is_slice_name(name) ? slice_name_problem(name) :
						    unit_name_problem(name);
	int r;

	*ret = NULL;
	*ret_n = 0;
	if (problem)
		return reason_say(REASON_UNIT_NAME, told, "%s", problem);
	r = is_slice_name(name) ? slice_services(SLICES_ROOT, name, ret, ret_n) :
				  pb_append_str(ret_n, ret, name);
	return r < 0 && reason_say(REASON_UNIT_UNREADABLE, told,
				   "the services in it cannot be listed: %s", strerror(-r));
}

size_t units_check(const struct conf *c, const char *service, struct unit_info *info,
		   struct reason_told ret[UNIT_PROBLEMS])
{
	struct unit_conf conf;
	int r = unit_info_read(service, info);
	size_t n;

	if (r < 0)
		return reason_say(REASON_UNIT_UNKNOWN, ret, "systemd does not answer: %s",
				  strerror(-r));
	unit_conf_load(c, service, &conf);
	n = unit_problems(info, &conf, ret, UNIT_PROBLEMS);
	if (n)
		return n;
	return !str_eq(str_or(info->id), service) &&
	       reason_say(REASON_UNIT_NAME, ret, "it is an alias of %s: use that name", info->id);
}

/* Explains why @name, which is not enabled itself, cannot be disabled: a slice may enable it. */
static void explain_slice(struct manager *m, const char *name, char *buf, size_t size)
{
	struct kept_unit *units = NULL;
	size_t n = 0;

	snprintf(buf, size, "it is not enabled");
	if (units_kept(&m->conf, &units, &n) < 0)
		return;
	for (size_t i = 0; i < n; i++)
		if (units[i].slice && str_eq(units[i].name, name))
			snprintf(buf, size, "it is enabled by %s: disable that", units[i].slice);
	units_kept_free(units, n);
}

static Pram__Code disable_one(struct manager *m, const char *name, char *buf, size_t size)
{
	int r = unit_name_problem(name) && slice_name_problem(name) ? -ENOENT :
								      unit_disable(&m->conf, name);

	if (r == -ENOENT) {
		explain_slice(m, name, buf, size);
		return PRAM__CODE__CODE_NOT_FOUND;
	}
	if (r < 0)
		snprintf(buf, size, "its file in %s cannot be removed: %s", m->conf.units_dir,
			 strerror(-r));
	else
		snprintf(buf, size, "disabled");
	return r < 0 ? PRAM__CODE__CODE_FAILED : PRAM__CODE__CODE_OK;
}

void units_disable(struct client *c, const Pram__UnitsRequest *req)
{
	Pram__Result *result = PB_NEW(Result);

	if (!result)
		return;
	pb_set(result, code, PRAM__CODE__CODE_OK);
	for (size_t i = 0; i < req->n_names; i++) {
		char buf[512];
		Pram__Code code = disable_one(c->m, req->names[i], buf, sizeof(buf));

		add_item(result, req->names[i], code, buf);
	}
	client_answer(c, result);
}

static Pram__UnitStatus *status_of(struct manager *m, const char *name)
{
	Pram__UnitStatus *s = PB_NEW(UnitStatus);
	struct unit_info info = {};
	struct reason_told told;
	struct unit_conf uc;
	int r;

	if (!s)
		return NULL;
	pb_str(&s->name, name);
	unit_conf_load(&m->conf, name, &uc);
	pb_str(&s->on_restore_failure, uc.fresh ? "fresh" : "wait");
	pb_set(s, tcp_established, uc.tcp_established);
	uc.settle_usec = 0;	/* the list of units does not wait */
	r = unit_info_read(name, &info);
	if (r < 0) {
		pb_strf(&s->problem, "systemd does not answer: %s", strerror(-r));
		pb_str(&s->reason, reasons[REASON_UNIT_UNKNOWN].name);
		return s;
	}
	pb_str(&s->active, info.active_state);
	if (info.main_pid)
		pb_set(s, main_pid, info.main_pid);
	/* While trees stand still their hooks must not wait until all files in /proc are read. */
	if (!m->dumps && !m->restores && unit_problem(&info, &uc, true, &told)) {
		pb_str(&s->problem, told.text);
		pb_str(&s->reason, told.name);
	}
	pb_str(&s->note, unit_note(&info));
	unit_info_deinit(&info);
	return s;
}

static void add_slices(struct manager *m, const struct kept_unit *units, size_t n_units, size_t *n,
		       Pram__UnitStatus ***list)
{
	char **names = NULL;
	size_t count = 0;

	if (units_enabled(&m->conf, &names, &count) < 0)
		return;
	for (size_t i = 0; i < count; i++) {
		Pram__UnitStatus *s = is_slice_name(names[i]) ? PB_NEW(UnitStatus) : NULL;
		size_t services = 0;

		for (size_t k = 0; k < n_units; k++)
			services += units[k].slice && str_eq(units[k].slice, names[i]);
		if (s) {
			pb_str(&s->name, names[i]);
			pb_str(&s->active, services ? "active" : "inactive");
			pb_strf(&s->note, "%zu service%s in it", services,
				services == 1 ? " runs" : "s run");
			pb_append_msg(n, list, s);
		}
		free(names[i]);
	}
	free(names);
}

void units_status(struct manager *m, size_t *n, Pram__UnitStatus ***list)
{
	struct kept_unit *units = NULL;
	size_t count = 0;

	if (units_kept(&m->conf, &units, &count) < 0)
		return;
	for (size_t i = 0; i < count; i++) {
		Pram__UnitStatus *s = status_of(m, units[i].name);

		if (s && units[i].slice)
			pb_str(&s->slice, units[i].slice);
		pb_append_msg(n, list, s);
	}
	add_slices(m, units, count, n, list);
	units_kept_free(units, count);
}
