// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "manager.h"
#include "name.h"
#include "pb.h"
#include "server.h"
#include "str.h"
#include "unitconf.h"
#include "unitinfo.h"
#include "units.h"

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

static Pram__Code enable_one(struct manager *m, const char *name, char *buf, size_t size)
{
	struct unit_info info = {};
	const char *problem = unit_name_problem(name);
	const char *note;
	char text[256];
	int r;

	if (problem) {
		snprintf(buf, size, "%s", problem);
		return PRAM__CODE__CODE_REFUSED;
	}
	r = unit_info_read(name, &info);
	if (r < 0) {
		snprintf(buf, size, "systemd cannot be asked: %s", strerror(-r));
		return PRAM__CODE__CODE_FAILED;
	}
	problem = unit_problem(&info, false, text, sizeof(text));
	note = unit_note(&info);
	if (!problem && !str_eq(str_or(info.id), name)) {
		snprintf(text, sizeof(text), "it is another name of %s: enable that", info.id);
		problem = text;
	}
	r = problem ? 0 : unit_enable(&m->conf, name);
	snprintf(buf, size, "%s%s%s", problem ? problem : r == -EEXIST ? "enabled already" :
		 r < 0 ? strerror(-r) : "enabled", !problem && r >= 0 && note ? "; " : "",
		 !problem && r >= 0 && note ? note : "");
	unit_info_deinit(&info);
	if (problem)
		return PRAM__CODE__CODE_REFUSED;
	return r < 0 && r != -EEXIST ? PRAM__CODE__CODE_FAILED : PRAM__CODE__CODE_OK;
}

static Pram__Code disable_one(struct manager *m, const char *name, char *buf, size_t size)
{
	int r = unit_name_problem(name) ? -ENOENT : unit_disable(&m->conf, name);

	if (r == -ENOENT) {
		snprintf(buf, size, "it is not enabled");
		return PRAM__CODE__CODE_NOT_FOUND;
	}
	snprintf(buf, size, "%s", r < 0 ? strerror(-r) : "disabled");
	return r < 0 ? PRAM__CODE__CODE_FAILED : PRAM__CODE__CODE_OK;
}

static void for_each(struct client *c, const Pram__UnitsRequest *req,
		     Pram__Code (*one)(struct manager *m, const char *name, char *buf, size_t size))
{
	Pram__Result *result = PB_NEW(Result);

	if (!result)
		return;
	pb_set(result, code, PRAM__CODE__CODE_OK);
	for (size_t i = 0; i < req->n_names; i++) {
		char buf[512];
		Pram__Code code = one(c->m, req->names[i], buf, sizeof(buf));

		add_item(result, req->names[i], code, buf);
	}
	client_answer(c, result);
}

void units_enable(struct client *c, const Pram__UnitsRequest *req)
{
	for_each(c, req, enable_one);
}

void units_disable(struct client *c, const Pram__UnitsRequest *req)
{
	for_each(c, req, disable_one);
}

static Pram__UnitStatus *status_of(struct manager *m, const char *name)
{
	Pram__UnitStatus *s = PB_NEW(UnitStatus);
	struct unit_info info = {};
	struct unit_conf uc;
	char buf[256];
	int r;

	if (!s)
		return NULL;
	pb_str(&s->name, name);
	unit_conf_load(&m->conf, name, &uc);
	pb_str(&s->on_restore_failure, uc.fresh ? "fresh" : "wait");
	pb_set(s, tcp_established, uc.tcp_established);
	r = unit_info_read(name, &info);
	if (r < 0) {
		pb_strf(&s->problem, "systemd cannot be asked: %s", strerror(-r));
		return s;
	}
	pb_str(&s->active, info.active_state);
	if (info.main_pid)
		pb_set(s, main_pid, info.main_pid);
	pb_str(&s->problem, unit_problem(&info, true, buf, sizeof(buf)));
	pb_str(&s->note, unit_note(&info));
	unit_info_deinit(&info);
	return s;
}

void units_status(struct manager *m, size_t *n, Pram__UnitStatus ***list)
{
	char **names = NULL;
	size_t count = 0;

	if (units_enabled(&m->conf, &names, &count) < 0)
		return;
	for (size_t i = 0; i < count; i++) {
		pb_append_msg(n, list, status_of(m, names[i]));
		free(names[i]);
	}
	free(names);
}
