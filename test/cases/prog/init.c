// SPDX-License-Identifier: GPL-2.0-only
/*
 * /init of a small initrd. Like that of a distribution, it mounts the root, switches to it and starts the real init.
 * It also logs the mount to the kernel log.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static void say(const char *text)
{
	char line[80];
	int len = snprintf(line, sizeof(line), "<5>initrd: %s\n", text);
	int fd = open("/dev/kmsg", O_WRONLY);

	/* one write() is one line */
	if (fd < 0 || write(fd, line, (size_t)len) != len)
		err(1, "/dev/kmsg");
	close(fd);
}

static void must(int r, const char *what)
{
	if (r < 0) {
		perror(what);
		say(what);
		pause();
	}
}

int main(void)
{
	mkdir("/dev", 0755);
	mkdir("/root", 0755);
	must(mount("devtmpfs", "/dev", "devtmpfs", 0, ""), "mount /dev");
	must(mount("/dev/vda", "/root", "ext4", 0, "noinit_itable"), "mount the root");
	say("the root is mounted");
	must(umount2("/dev", MNT_DETACH), "umount /dev");
	must(chdir("/root"), "chdir");
	must(mount(".", "/", NULL, MS_MOVE, NULL), "move the root");
	must(chroot("."), "chroot");
	must(chdir("/"), "chdir");
	must(execl("/sbin/init", "/sbin/init", NULL), "exec");
	return 1;
}
