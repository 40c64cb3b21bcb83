# SPDX-License-Identifier: GPL-2.0-only
# Entry points of the whole project; `make help` lists them.

MAKEFLAGS += --no-print-directory
DEPS := test/vm/deps
JOBS ?= $(shell nproc)

# The first target is what a bare `make` does.
all: user

# --- user space: lib/ daemon/ ctl/ hook/ proto/ systemd/ --------------------------------------
VERSION := 0.1
B := build
SHELL := /bin/sh

prefix ?= /usr
bindir ?= $(prefix)/bin
sbindir ?= $(prefix)/sbin
libexecdir ?= $(prefix)/libexec/pram
plugindir ?= $(prefix)/lib/pram/criu
# CRIU's own folder of plugins, for runtimes that cannot give it --lib
criuplugindir ?= $(prefix)/lib/criu
mandir ?= $(prefix)/share/man
unitdir ?= $(prefix)/lib/systemd/system
generatordir ?= $(prefix)/lib/systemd/system-generators
presetdir ?= $(prefix)/lib/systemd/system-preset
tmpfilesdir ?= $(prefix)/lib/tmpfiles.d
completiondir ?= $(prefix)/share/bash-completion/completions

# SANITIZE=1 builds with ASan and UBSan, in a place of its own.
ifeq ($(SANITIZE),1)
B := build/sanitize
san := -fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=undefined
endif
U := $(B)/user

CFLAGS ?= -O2 -g
warnings := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wvla -Wformat=2 -Wundef
# Prints one line for each command; V=1 shows the commands.
ifneq ($(V),1)
Q := @
step = @printf '  %-4s %s\n' '$(1)' '$(2)'
endif
ucflags = -std=gnu11 -D_GNU_SOURCE $(warnings) -Werror=implicit -MMD -MP $(san) \
	-isystem kernel/include/uapi -isystem $(U)/proto -isystem $(nl_include) -Idaemon -Ilib \
	-DPRAM_PROGRAM_VERSION='"$(VERSION)"' -DPRAM_LIBEXECDIR='"$(libexecdir)"' \
	-DPRAM_PLUGINDIR='"$(plugindir)"' -DCRIU_PLUGINDIR='"$(criuplugindir)"' -DPRAM_UNITDIR='"$(unitdir)"'
# Root runs these among a unit's mounts, where the interpreter and libraries would be the unit's. (Not with sanitizers,
# which have no static libraries.)
static = $(if $(san),$(san),-static)
pb_libs = $(shell pkg-config --libs libprotobuf-c)
sd_libs = $(shell pkg-config --libs libsystemd)
nft_libs = $(shell pkg-config --libs libnftables)
# 2>: asked before `deps` has installed it, too
nl_include := $(patsubst -I%,%,$(firstword $(shell pkg-config --cflags-only-I libnl-3.0 2>/dev/null)))
nl_libs = $(shell pkg-config --libs libnl-3.0)
json_libs = $(shell pkg-config --libs jansson)
table_libs = $(shell pkg-config --libs smartcols)
mnt_libs = $(shell pkg-config --libs mount)
ucc = $(CC) $(ucflags) $(CFLAGS) $(CPPFLAGS)

lib_obj := $(patsubst %.c,$(U)/%.o,$(wildcard lib/*.c lib/*/*.c)) $(U)/proto/pram.pb-c.o $(U)/proto/plugin.pb-c.o
# what the plugin shares with pramd
plugin_lib := io namespaces str
plugin_obj := $(patsubst plugin/%.c,$(U)/plugin/%.o,$(wildcard plugin/*.c)) $(U)/plugin/plugin.pb-c.o \
	$(plugin_lib:%=$(U)/plugin/lib/%.o)
daemon_obj := $(patsubst %.c,$(U)/%.o,$(filter-out daemon/pramd/main.c,$(wildcard daemon/*/*.c)))
ctl_obj := $(patsubst %.c,$(U)/%.o,$(wildcard ctl/*.c))
programs := $(B)/pramd $(B)/pramctl $(B)/pram-criu-hook $(B)/pram-unit-restore \
	$(B)/pram-net-lock $(B)/pram-generator
units_in := $(wildcard systemd/*.service.in)
units := $(patsubst systemd/%.in,$(B)/systemd/%,$(units_in)) $(wildcard systemd/*.socket)

user: deps
	@$(MAKE) -j$(JOBS) user-build

user-build: $(programs) $(B)/libpram.a $(B)/libpramd.a $(B)/plugin/pram_plugin.so $(units) $(B)/man/pram-reasons.7

$(U)/proto/%.pb-c.c $(U)/proto/%.pb-c.h &: proto/%.proto
	@mkdir -p $(U)/proto
	$(call step,GEN,$@)
	$(Q)protoc-c --c_out=$(U)/proto --proto_path=proto $<

.SECONDARY: $(foreach p,pram plugin criu,$(U)/proto/$(p).pb-c.c $(U)/proto/$(p).pb-c.h)
pb_headers := $(U)/proto/pram.pb-c.h $(U)/proto/plugin.pb-c.h $(U)/proto/criu.pb-c.h

# Generated code is built without our warnings.
$(U)/proto/%.pb-c.o: $(U)/proto/%.pb-c.c
	$(call step,CC,$@)
	$(Q)$(CC) -w $(san) $(CFLAGS) -I$(U)/proto -c -o $@ $<

# The plugin exports only its hooks.
$(U)/plugin/plugin.pb-c.o: $(U)/proto/plugin.pb-c.c
	@mkdir -p $(@D)
	$(call step,CC,$@)
	$(Q)$(CC) -w -fPIC $(CFLAGS) -I$(U)/proto -c -o $@ $<

$(U)/plugin/%.o: plugin/%.c $(pb_headers) Makefile
	@mkdir -p $(@D)
	$(call step,CC,$@)
	$(Q)$(filter-out $(san),$(ucc)) -fPIC -c -o $@ $<

$(U)/plugin/lib/%.o: lib/%.c Makefile
	@mkdir -p $(@D)
	$(call step,CC,$@)
	$(Q)$(filter-out $(san),$(ucc)) -fPIC -c -o $@ $<

# In a folder of its own: CRIU loads all that is beside it.
$(B)/plugin/pram_plugin.so: $(plugin_obj) plugin/exports
	@mkdir -p $(@D)
	$(call step,LD,$@)
	$(Q)$(CC) -shared -Wl,--version-script=plugin/exports $(LDFLAGS) -o $@ $(plugin_obj) $(pb_libs)

$(U)/%.o: %.c $(pb_headers) Makefile
	@mkdir -p $(@D)
	$(call step,CC,$@)
	$(Q)$(ucc) -c -o $@ $<

# lib/, and pramd without its main(): what unit tests and fuzzers link.
$(B)/libpram.a: $(lib_obj)
	$(call step,AR,$@)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

# q: two folders may have a file of the same name, of which r would keep one.
$(B)/libpramd.a: $(daemon_obj) $(U)/proto/criu.pb-c.o
	$(call step,AR,$@)
	@rm -f $@
	$(Q)$(AR) qcs $@ $^

$(B)/pramd: $(U)/daemon/pramd/main.o $(B)/libpramd.a $(B)/libpram.a
	$(call step,LD,$@)
	$(Q)$(CC) $(san) $(LDFLAGS) -o $@ $^ $(pb_libs) $(sd_libs) $(nft_libs) $(nl_libs) $(json_libs) \
		$(mnt_libs)

$(B)/pramctl: $(ctl_obj) $(B)/libpram.a
	$(call step,LD,$@)
	$(Q)$(CC) $(san) $(LDFLAGS) -o $@ $^ $(pb_libs) $(json_libs) $(table_libs)

$(B)/pram-criu-hook: $(U)/hook/main.o $(B)/libpram.a
	$(call step,LD,$@)
	$(Q)$(CC) $(static) $(LDFLAGS) -o $@ $^ $(pb_libs)

$(B)/pram-unit-restore: $(U)/systemd/pram-unit-restore.o $(U)/systemd/notify.o $(B)/libpram.a
	$(call step,LD,$@)
	$(Q)$(CC) $(static) $(LDFLAGS) -o $@ $^ $(pb_libs)

$(B)/pram-net-lock: $(U)/systemd/pram-net-lock.o $(B)/libpram.a
	$(call step,LD,$@)
	$(Q)$(CC) $(san) $(LDFLAGS) -o $@ $^ $(pb_libs) $(nft_libs) $(json_libs)

$(B)/pram-generator: $(U)/systemd/pram-generator.o $(U)/systemd/dropin.o $(U)/systemd/pidfloor.o \
	$(B)/libpram.a
	$(call step,LD,$@)
	$(Q)$(CC) $(san) $(LDFLAGS) -o $@ $^ $(pb_libs)

$(B)/reasons-man: $(U)/docs/man/pram-reasons.o $(B)/libpram.a
	$(call step,LD,$@)
	$(Q)$(CC) $(san) $(LDFLAGS) -o $@ $^

# The table of reasons as a man page, so it always matches pramd's messages.
$(B)/man/pram-reasons.7: $(B)/reasons-man
	@mkdir -p $(@D)
	$(call step,GEN,$@)
	$(Q)$< >$@.new && mv $@.new $@

$(B)/systemd/%: systemd/%.in Makefile
	@mkdir -p $(@D)
	$(call step,GEN,$@)
	$(Q)sed -e 's|@bindir@|$(bindir)|g' -e 's|@sbindir@|$(sbindir)|g' \
		-e 's|@libexecdir@|$(libexecdir)|g' $< >$@

install: user
	install -D -m 755 -t $(DESTDIR)$(sbindir) $(B)/pramd
	install -D -m 755 -t $(DESTDIR)$(bindir) $(B)/pramctl
	install -D -m 755 -t $(DESTDIR)$(libexecdir) $(B)/pram-criu-hook $(B)/pram-unit-restore \
		$(B)/pram-net-lock
	install -D -m 755 -t $(DESTDIR)$(plugindir) $(B)/plugin/pram_plugin.so
	install -d $(DESTDIR)$(criuplugindir)
	ln -srfT $(DESTDIR)$(plugindir)/pram_plugin.so $(DESTDIR)$(criuplugindir)/pram_plugin.so
	install -D -m 755 -t $(DESTDIR)$(generatordir) $(B)/pram-generator
	install -D -m 644 -t $(DESTDIR)$(unitdir) $(units)
	install -D -m 644 systemd/pram.preset $(DESTDIR)$(presetdir)/50-pram.preset
	install -D -m 644 systemd/pram.tmpfiles $(DESTDIR)$(tmpfilesdir)/pram.conf
	install -D -m 644 -t $(DESTDIR)$(mandir)/man1 docs/man/pramctl.1
	install -D -m 644 -t $(DESTDIR)$(mandir)/man7 docs/man/pram.7 $(B)/man/pram-reasons.7
	install -D -m 644 -t $(DESTDIR)$(mandir)/man8 docs/man/pramd.8
	install -D -m 644 completion/pramctl $(DESTDIR)$(completiondir)/pramctl

# Builds with gcc and clang, with warnings as errors; checks the man pages for warnings.
lint-user: deps
	@$(MAKE) -j$(JOBS) user-build B=build/lint-gcc CC=gcc CFLAGS='-O2 -Werror'
	@$(MAKE) -j$(JOBS) user-build B=build/lint-clang CC=clang CFLAGS='-O1 -Werror'
	@for page in docs/man/*.[178] build/lint-gcc/man/*.7; do \
		out=$$(LC_ALL=C.UTF-8 MANROFFSEQ= man --warnings -E UTF-8 -l -Tutf8 -Z $$page \
			2>&1 >/dev/null); \
		[ -z "$$out" ] || { echo "$$page: $$out"; exit 1; }; \
	done

clean-user:
	rm -rf build/user build/sanitize build/lint-gcc build/lint-clang build/systemd build/plugin build/man $(programs) \
		build/reasons-man \
		build/libpram.a build/libpramd.a

-include $(patsubst %.o,%.d,$(filter-out $(U)/proto/%,$(lib_obj)) $(daemon_obj) $(ctl_obj)) \
	$(patsubst %.o,%.d,$(plugin_obj)) $(U)/daemon/pramd/main.d $(U)/hook/main.d \
	$(U)/docs/man/pram-reasons.d \
	$(U)/systemd/pram-generator.d $(U)/systemd/dropin.d $(U)/systemd/pidfloor.d $(U)/systemd/pram-unit-restore.d \
	$(U)/systemd/notify.d \
	$(U)/systemd/pram-net-lock.d
# --- end of user space ------------------------------------------------------------------------

deps:
	@$(DEPS)

kernel: deps
	@$(MAKE) -C kernel

kernels: deps
	@$(MAKE) -C kernel all-variants

root: deps
	@test/vm/mkroot

demo: kernel root all
	@test/vm/demo

vm: kernel root all
	@test/vm/shell

check: kernels root all
	@test/check

check-long: kernels root all
	@DEB=1 VM_ARGS="--long $(VM_ARGS)" test/check

check-all: kernels root all
	@DEB=1 VM_ARGS="--all $(VM_ARGS)" test/check

bench: kernel root all
	@test/bench/run

deb: deps
	@packaging/build

mutants: deps
	@test/mutants/run

lint: deps
	@test/lint

clean: clean-user
	rm -rf build

help:
	@echo 'make            build all of user space'
	@echo 'make demo       Redis keeps running over a kexec into another kernel, in a VM'
	@echo 'make check      all tests: unit tests, lint, VM cases on two kernels'
	@echo 'make check-long the same, and cases that take longer (test/vm/run --list)'
	@echo 'make check-all  those, and what is to run rarely: an hour or more'
	@echo 'make kernel     the kernels everyday and next, in build/kernel/'
	@echo 'make kernels    those, and debug and plain'
	@echo 'make vm         a shell in the VM'
	@echo 'make bench      one table of measurements'
	@echo 'make mutants    kernel or pramd broken on purpose: check that a case detects each'
	@echo 'make lint       checkpatch, sparse, shellcheck and the like'
	@echo 'make install    DESTDIR=, prefix=, bindir= and so on'
	@echo 'make deb        Debian packages of all but the kernel, in build/deb/'
	@echo 'make clean      remove build/; the cache stays'
	@echo
	@echo 'Results: build/kernel/{everyday,next,debug,plain}/bzImage and config, build/vm/root.img,'
	@echo '         build/test/KERNEL/GROUP/'
	@echo 'Cache:   $${PRAM_CACHE:-$${XDG_CACHE_HOME:-$$HOME/.cache}/pram}'

.PHONY: all user user-build install lint-user clean-user deps kernel kernels root demo vm check check-long check-all bench deb mutants lint \
	clean help
