// SPDX-License-Identifier: GPL-2.0-only
/*
 * pram-criu-hook: CRIU's action script.
 *
 * pre-dump: CRIU is about to freeze the tree. Asks pramd, which may have it wait until other dumps
 * are ready or done. With an exit status other than 0 CRIU ends and touches nothing.
 *
 * post-dump: the images are complete and the tree is still frozen. Asks pramd whether everything
 * can be kept and waits for the answer. With exit status 0 CRIU ends the tree, otherwise the tree
 * runs on.
 *
 * post-restore: the tree has been created but has not run. Asks pramd to do its part of the
 * restore. With an exit status other than 0 CRIU ends the tree.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "io.h"
#include "namespaces.h"
#include "pb.h"
#include "pluginfiles.h"
#include "str.h"
#include "wire.h"

static int ask(const char *path, uint64_t token, bool freeze)
{
	Pram__HookRequest hook = PRAM__HOOK_REQUEST__INIT;
	Pram__Request req = PRAM__REQUEST__INIT;
	struct wire_buf buf = {};
	Pram__Response *rsp;
	int fd __cleanup(fd_closep) = wire_connect(path);
	int r;

	if (fd < 0)
		return fd;
	pb_set(&hook, token, token);
	pb_set(&hook, freeze, freeze);
	req.body_case = PRAM__REQUEST__BODY_HOOK;
	req.hook = &hook;
	r = wire_send(fd, &req.base, WIRE_REQUEST_MAX);
	if (!r)
		r = wire_recv_response(fd, &buf, &rsp);
	wire_buf_deinit(&buf);
	if (r < 0)
		return r;
	if (rsp->body_case != PRAM__RESPONSE__BODY_RESULT || rsp->result->code)
		r = -ECANCELED;
	pb_free(rsp);
	return r;
}

/*
 * Tells the plugin, whose exit() does not learn our exit status, to give the memory back instead
 * of committing it.
 */
static void give_back(void)
{
	const char *dir = getenv("CRTOOLS_IMAGE_DIR");
	char *path __cleanup(freep) = dir ? str_printf("%s/" GIVE_BACK_FILE, dir) : NULL;

	if (path)
		fd_close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

int main(void)
{
	const char *action = getenv("CRTOOLS_SCRIPT_ACTION");
	char *env = getenv(ENV_HOOK);
	char *colon = env ? strchr(env, ':') : NULL;
	bool freeze = action && str_eq(action, "pre-dump");
	uint64_t token;
	int r;

	if (!action || (!freeze && !str_eq(action, "post-dump") && !str_eq(action, "post-restore")))
		return 0;
	if (!colon)
		return 1;
	*colon = 0;
	/*
	 * NS_ENV is still set after the dump: the plugin was not loaded and has not entered the
	 * unit, so CRIU worked on the host's mounts.
	 */
	r = !freeze && getenv(NS_ENV) ? -ENOEXEC : str_u64(env, 16, &token);
	if (!r)
		r = ask(colon + 1, token, freeze);
	if (r < 0) {
		fprintf(stderr, "pram-criu-hook: pramd refused the request or cannot be reached: %s\n",
			strerror(-r));
		if (str_eq(action, "post-dump"))
			give_back();
		return 1;
	}
	return 0;
}
